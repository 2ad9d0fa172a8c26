import { useCallback } from 'react';
import { usePreferences } from '../stores/preferences';
import { descriptions } from './descriptions';
import { en, type TextKey } from './en';
import { zh } from './zh';

export { useFormats } from './format';
export type { TextKey };

/** A text of the given language with its `{name}`s filled in. */
export function text(language: string, key: TextKey, values?: Record<string, string | number>): string {
  const pattern = (language.startsWith('zh') ? zh : en)[key];
  return values ? pattern.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : pattern;
}

/** `t('key')` in the language chosen. */
export function useText(): (key: TextKey, values?: Record<string, string | number>) => string {
  const language = usePreferences((preferences) => preferences.language);
  return useCallback((key, values) => text(language, key, values), [language]);
}

/** What the server says of a type or a field, in the language chosen where it is known in it. */
export function useDescriptions(): <T extends string | undefined>(description: T) => T | string {
  const language = usePreferences((preferences) => preferences.language);
  return useCallback((description) => (description && language.startsWith('zh') ? descriptions[description] : undefined) ?? description, [language]);
}
