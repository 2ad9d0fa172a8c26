import { describe, expect, it } from 'vitest';
import type { JsonSchema } from '../../api/types';
import { draftOf, kindOf, toDraft, toValue, type Draft } from './draft';

const schema: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: ['string', 'null'], default: null },
    count: { type: 'integer', default: 3 },
    sure: { type: 'boolean' },
    format: { enum: ['csv', 'json', null], default: 'csv' },
    lines: { type: ['array', 'null'], items: { type: 'string' } },
    within: { type: 'object', properties: { deep: { type: 'number' } } },
    free: { type: 'object' },
  },
};
const value = (draft: Draft, problems: Record<string, string> = {}) => toValue(schema, draft, '/payload', problems);

describe('kindOf', () => {
  it.each([
    [{ type: ['string', 'null'] }, 'text'],
    [{ type: 'integer' }, 'number'],
    [{ enum: ['a'] }, 'choice'],
    [{ type: 'array' }, 'json'],
    [{ type: 'array', items: { type: 'string' } }, 'list'],
    [{ type: 'object' }, 'json'],
    [{ type: ['string', 'number'] }, 'json'],
    [{}, 'json'],
  ] as [JsonSchema, string][])('%j is %s', (one, kind) => { expect(kindOf(one)).toBe(kind); });
});

describe('a draft', () => {
  it('begins with the defaults', () => {
    expect(toDraft(schema)).toEqual({ name: '', count: '3', sure: false, format: 'csv', lines: [], within: { deep: '' }, free: '' });
  });

  it('of a value that is there gives that value back', () => {
    const there = { name: 'n', count: 0, sure: true, format: 'json', lines: ['a', ''], within: { deep: 1.5 }, free: { x: [1, null] } };
    expect(value(draftOf(schema, there))).toEqual({ ...there, lines: ['a', null] });
    expect(value(draftOf(schema, { count: 2 }))).toEqual({ count: 2, sure: false, within: {} });
  });

  it('leaves out what is empty', () => {
    expect(value(toDraft(schema))).toEqual({ count: 3, sure: false, format: 'csv', within: {} });
  });

  it('becomes values of the right types', () => {
    const draft = { name: 'n', count: '7', sure: true, format: 'json', lines: ['a', 'b'], within: { deep: '1.5' }, free: '{"x":[1]}' };
    expect(value(draft)).toEqual({ name: 'n', count: 7, sure: true, format: 'json', lines: ['a', 'b'], within: { deep: 1.5 }, free: { x: [1] } });
  });

  it('sends what is no number as it was typed, for the server to refuse', () => {
    expect(value({ ...(toDraft(schema) as object), count: 'many' } as Draft)).toMatchObject({ count: 'many' });
  });

  it('tells which JSON text is none', () => {
    const problems: Record<string, string> = {};
    value({ ...(toDraft(schema) as object), free: '{' } as Draft, problems);
    expect(Object.keys(problems)).toEqual(['/payload/free']);
  });
});
