import type { JsonSchema } from '../../api/types';

/** What a form holds of a value while it is edited: text as typed, JSON as text, parts of parts. */
export type Draft = string | boolean | Draft[] | { [name: string]: Draft };

export type Kind = 'choice' | 'boolean' | 'number' | 'text' | 'list' | 'object' | 'json';

/** Which control a schema gets; JSON text where nothing simpler is sure to fit. */
export function kindOf(schema: JsonSchema): Kind {
  if (schema.enum) return 'choice';
  const types = [schema.type ?? []].flat().filter((type) => type !== 'null');
  if (types.length !== 1) return 'json';
  switch (types[0]) {
    case 'boolean': return 'boolean';
    case 'integer':
    case 'number': return 'number';
    case 'string': return 'text';
    case 'array': return schema.items ? 'list' : 'json';
    case 'object': return schema.properties ? 'object' : 'json';
    default: return 'json';
  }
}

/** What a form begins with. */
export function toDraft(schema: JsonSchema): Draft {
  const value = schema.default;
  switch (kindOf(schema)) {
    case 'boolean': return value === true;
    case 'list': return [];
    case 'object': return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, toDraft(part)]));
    case 'json': return value === undefined || value === null ? '' : JSON.stringify(value, null, 2);
    default: return value === undefined || value === null ? '' : String(value);
  }
}

/** A form of what is there already. */
export function draftOf(schema: JsonSchema, value: unknown): Draft {
  const has = value !== undefined && value !== null;
  switch (kindOf(schema)) {
    case 'boolean': return value === true;
    case 'list': return Array.isArray(value) ? value.map((item) => draftOf(schema.items ?? {}, item)) : [];
    case 'object': {
      const parts = typeof value === 'object' && has ? (value as Record<string, unknown>) : {};
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, draftOf(part, parts[name])]));
    }
    case 'json': return has ? JSON.stringify(value, null, 2) : '';
    default: return has ? String(value) : '';
  }
}

/**
 * What is sent; undefined for what was left empty. `problems` gets a message for each JSON text that is none, under its JSON
 * pointer; everything else is the server's to judge, which knows the whole schema.
 */
export function toValue(schema: JsonSchema, draft: Draft, path: string, problems: Record<string, string>): unknown {
  switch (kindOf(schema)) {
    case 'boolean': return draft;
    case 'choice': return schema.enum?.find((value) => value !== null && String(value) === draft);
    case 'number': return numberOf(draft as string);
    case 'list': return listOf(schema, draft as Draft[], path, problems);
    case 'object': {
      const parts = Object.entries(schema.properties ?? {})
        .map(([name, part]) => [name, toValue(part, (draft as Record<string, Draft>)[name] ?? '', at(path, name), problems)] as const)
        .filter(([, value]) => value !== undefined);
      return Object.fromEntries(parts);
    }
    case 'json': return jsonOf(draft as string, path, problems);
    default: return draft === '' ? undefined : draft;
  }
}

/** A JSON pointer to a part. */
export const at = (path: string, name: string | number): string => `${path}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;

function numberOf(text: string): unknown {
  if (text.trim() === '') return undefined;
  // What is no number is sent as it is: the server says so, in the user's language.
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

function listOf(schema: JsonSchema, drafts: Draft[], path: string, problems: Record<string, string>): unknown {
  if (drafts.length === 0) return undefined;
  return drafts.map((draft, index) => toValue(schema.items ?? {}, draft, at(path, index), problems) ?? null);
}

function jsonOf(text: string, path: string, problems: Record<string, string>): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    problems[path] = error instanceof Error ? error.message : String(error);
    return undefined;
  }
}
