import { MantineProvider } from '@mantine/core';
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SearchInput } from './SearchInput';

let root: Root;
let place: HTMLElement;
let found: string[];

// With a callback of its own each time, as a page that renders on every event hands it in.
const render = (value: string | undefined): void => {
  act(() => {
    root.render(<MantineProvider env="test"><SearchInput label="Search" value={value} onChange={(text) => { found.push(text); }} /></MantineProvider>);
  });
};
const input = (): HTMLInputElement => place.querySelector('input') as HTMLInputElement;
const type = (text: string): void => {
  act(() => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input(), text);
    input().dispatchEvent(new Event('input', { bubbles: true }));
  });
};
const pass = (ms: number): void => { act(() => { vi.advanceTimersByTime(ms); }); };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  window.matchMedia ??= (() => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined })) as never;
  found = [];
  place = document.createElement('div');
  document.body.append(place);
  root = createRoot(place);
  render(undefined);
});
afterEach(() => {
  act(() => { root.unmount(); });
  place.remove();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('searches once typing rests, also on a page that renders all the time', () => {
  type('pelican');
  for (let ms = 0; ms < 400; ms += 20) {
    pass(20);
    render(undefined);
  }
  expect(found).toEqual(['pelican']);
});

it('is the same field, with what was typed since, when its value comes back', () => {
  const before = input();
  type('pel');
  pass(400);
  type('pelic');
  render('pel');
  expect(input()).toBe(before);
  expect(input().value).toBe('pelic');
  pass(400);
  expect(found).toEqual(['pel', 'pelic']);
  render('pelic');
  pass(1_000);
  expect(found).toEqual(['pel', 'pelic']);
});

it('shows a value that was set elsewhere, and sends it to nobody', () => {
  type('pel');
  pass(400);
  render('pel');
  render(undefined);
  expect(input().value).toBe('');
  render('pel');
  expect(input().value).toBe('pel');
  pass(1_000);
  expect(found).toEqual(['pel']);
});
