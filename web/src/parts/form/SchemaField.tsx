import { Button, Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { JsonSchema } from '../../api/types';
import { useDescriptions, useFieldName, useText } from '../../i18n';
import { at, kindOf, toDraft, type Draft } from './draft';
import styles from './SchemaField.module.css';

interface Props {
  schema: JsonSchema;
  name: string;
  /** JSON pointer of the field within the request. */
  path: string;
  required: boolean;
  draft: Draft;
  /** By JSON pointer. */
  errors: Record<string, string>;
  onChange: (draft: Draft) => void;
}

/** A field for any schema, and fields within it for what it is made of. */
export function SchemaField(props: Props) {
  const { schema, name, path, required, draft, errors, onChange } = props;
  const t = useText();
  const describe = useDescriptions();
  const named = useFieldName();
  const shared = { label: schema.title ?? named(name), description: describe(schema.description), error: errors[path], withAsterisk: required, 'data-path': path };
  switch (kindOf(schema)) {
    case 'object': return <ObjectFields {...props} />;
    case 'list': return <ListFields {...props} />;
    case 'boolean':
      return <Checkbox label={shared.label} description={shared.description} error={shared.error} data-path={path} checked={draft === true} onChange={(event) => { onChange(event.currentTarget.checked); }} />;
    case 'choice': {
      const values = (schema.enum ?? []).filter((value) => value !== null).map(String);
      const data = required && draft !== '' ? values : [{ value: '', label: '–' }, ...values];
      return <NativeSelect {...shared} data={data} value={draft as string} onChange={(event) => { onChange(event.currentTarget.value); }} />;
    }
    case 'json':
      return <Textarea {...shared} description={shared.description ?? t('asJson')} rows={6} classNames={{ input: 'mono' }} spellCheck={false} value={draft as string} onChange={(event) => { onChange(event.currentTarget.value); }} />;
    case 'number':
      return <TextInput {...shared} inputMode="decimal" autoComplete="off" value={draft as string} onChange={(event) => { onChange(event.currentTarget.value); }} />;
    default:
      return (schema.maxLength ?? 0) > 500
        ? <Textarea {...shared} rows={4} value={draft as string} onChange={(event) => { onChange(event.currentTarget.value); }} />
        : <TextInput {...shared} type={inputType(schema)} autoComplete="off" value={draft as string} onChange={(event) => { onChange(event.currentTarget.value); }} />;
  }
}

const inputType = ({ format }: JsonSchema): string => (format === 'date' ? 'date' : format === 'uri' ? 'url' : 'text');

function ObjectFields({ schema, name, path, draft, errors, onChange }: Props) {
  const describe = useDescriptions();
  const named = useFieldName();
  const parts = draft as Record<string, Draft>;
  const fields = Object.entries(schema.properties ?? {}).map(([part, partSchema]) => (
    <SchemaField
      key={part}
      schema={partSchema}
      name={part}
      path={at(path, part)}
      required={schema.required?.includes(part) ?? false}
      draft={parts[part] ?? ''}
      errors={errors}
      onChange={(value) => { onChange({ ...parts, [part]: value }); }}
    />
  ));
  if (name === '') return <div className={styles.fields}>{fields}</div>;
  return (
    <fieldset className={styles.group}>
      <legend>{schema.title ?? named(name)}</legend>
      {schema.description && <p className="dimmed small">{describe(schema.description)}</p>}
      {errors[path] && <p className={styles.error}>{errors[path]}</p>}
      {fields}
    </fieldset>
  );
}

function ListFields({ schema, name, path, required, draft, errors, onChange }: Props) {
  const t = useText();
  const describe = useDescriptions();
  const named = useFieldName();
  const items = draft as Draft[];
  return (
    <fieldset className={styles.group}>
      <legend>{schema.title ?? named(name)}{required && <span aria-hidden className={styles.error}> *</span>}</legend>
      {schema.description && <p className="dimmed small">{describe(schema.description)}</p>}
      {errors[path] && <p className={styles.error} role="alert">{errors[path]}</p>}
      {items.map((item, index) => (
        // Items have no identity but their place.
        <div key={index} className={styles.item}>
          <div className={styles.field}>
            <SchemaField
              schema={schema.items ?? {}}
              name={`${name} ${index + 1}`}
              path={at(path, index)}
              required={false}
              draft={item}
              errors={errors}
              onChange={(value) => { onChange(items.map((other, place) => (place === index ? value : other))); }}
            />
          </div>
          <Button variant="default" size="sm" aria-label={`${t('removeItem')} ${name} ${index + 1}`} onClick={() => { onChange(items.filter((_, place) => place !== index)); }}>
            {t('removeItem')}
          </Button>
        </div>
      ))}
      <Button variant="default" size="xs" aria-label={`${t('addItem')} ${name}`} onClick={() => { onChange([...items, toDraft(schema.items ?? {})]); }}>{t('addItem')}</Button>
    </fieldset>
  );
}
