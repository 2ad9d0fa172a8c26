import { useCallback } from 'react';
import { usePreferences } from '../stores/preferences';
import { descriptions } from './descriptions';
import { en, type TextKey } from './en';
import { fieldNames } from './fields';
import { formats } from './format';
import { inChinese } from './messages';
import { zh } from './zh';

export { useFormats } from './format';
export type { TextKey };

/** A text of the given language with its `{name}`s filled in. */
export function text(language: string, key: TextKey, values?: Record<string, string | number>): string {
  const pattern = (language.startsWith('zh') ? zh : en)[key];
  if (!values) return pattern;
  const { number } = formats(language);
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    // Numbers look the same wherever they stand.
    return value === undefined ? whole : typeof value === 'number' ? number(value) : value;
  });
}

/** `t('key')` in the language chosen. */
export function useText(): (key: TextKey, values?: Record<string, string | number>) => string {
  const language = usePreferences((preferences) => preferences.language);
  return useCallback((key, values) => text(language, key, values), [language]);
}

/** A label for a field of a payload: its name, after what it means where the language chosen has a word for it. */
export function useFieldName(): (name: string) => string {
  const language = usePreferences((preferences) => preferences.language);
  return useCallback((name) => {
    const known = language.startsWith('zh') ? fieldNames[name] : undefined;
    return known ? `${known} (${name})` : name;
  }, [language]);
}

/** What a handler says in progress and log lines, in the language chosen where it is known in it. */
export function useMessages(): (message: string) => string {
  const language = usePreferences((preferences) => preferences.language);
  return useCallback((message) => (language.startsWith('zh') ? inChinese(message) : message), [language]);
}

/** What the server says of a type or a field, in the language chosen where it is known in it. */
export function useDescriptions(): <T extends string | undefined>(description: T) => T | string {
  const language = usePreferences((preferences) => preferences.language);
  return useCallback((description) => (description && language.startsWith('zh') ? descriptions[description] : undefined) ?? description, [language]);
}
