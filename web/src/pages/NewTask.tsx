import { Alert, Button, NativeSelect, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { ApiError } from '../api/http';
import { getTask } from '../api/tasks';
import { priorities, type Task, type TaskPriority, type TaskRequest, type TaskType } from '../api/types';
import { useDescriptions, useText } from '../i18n';
import { Dialog } from '../parts/Dialog';
import { SchemaField } from '../parts/form/SchemaField';
import { draftOf, toDraft, toValue, type Draft } from '../parts/form/draft';
import { useTitle } from '../parts/title';
import { Waiting } from '../parts/Waiting';
import { useOwnerOfOne } from '../stores/owner';
import { isAdmin, useSession } from '../stores/session';
import { useTasks } from '../stores/tasks';
import { useTypes } from '../stores/types';
import styles from './NewTask.module.css';

export function NewTask() {
  const t = useText();
  const describe = useDescriptions();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const types = useTypes((known) => known.types);
  const error = useTypes((known) => known.error);
  const roles = useSession((session) => session.user?.roles);
  const [chosen, setChosen] = useState<string>();
  const from = query.get('from');
  const model = useModel(from);
  useEffect(() => { void useTypes.getState().load(); }, []);

  const open = types?.filter((type) => !type.requiredRole || roles?.includes(type.requiredRole));
  const name = chosen ?? model?.task?.type;
  const type = open?.find((one) => one.name === name) ?? open?.[0];
  const rest = new URLSearchParams(query);
  rest.delete('from');
  const search = rest.toString();
  useTitle(t('createTitle'), 1);
  const close = (): void => void navigate(`/tasks${search && `?${search}`}`);
  return (
    <Dialog size="medium" title={t('createTitle')} onClose={close}>
      {((!types && !error) || (from && !model)) && <Waiting />}
      {model?.error && <Alert color="red" role="alert">{model.error.status === 404 ? t('notFound') : t('failedToLoad', { message: model.error.message })}</Alert>}
      {model?.task && <p className="dimmed small">{t('likeTask', { name: `${model.task.type} …${model.task.id.slice(-8)}` })}</p>}
      {error && <Alert color="red" role="alert">{t('failedToLoad', { message: error.message })}</Alert>}
      {open && !type && <p>{t('noTypes')}</p>}
      {open && type && !(from && !model) && (
        <div className="stack">
          <NativeSelect
            label={t('type')}
            description={describe(type.description)}
            data={open.map((one) => one.name)}
            value={type.name}
            onChange={(event) => { setChosen(event.currentTarget.value); }}
          />
          <TaskForm key={type.name} type={type} model={model?.task?.type === type.name ? model.task : undefined} onCreated={(id) => void navigate(`/tasks/${id}${search && `?${search}`}`)} onCancel={close} />
        </div>
      )}
    </Dialog>
  );
}

/** The task that the new one is to be like; undefined until it is known, or where none is asked for. */
function useModel(id: string | null): { task?: Task; error?: ApiError } | undefined {
  const owner = useOwnerOfOne();
  const [known, setKnown] = useState<{ id: string; task?: Task; error?: ApiError }>();
  useEffect(() => {
    if (!id) return;
    const abort = new AbortController();
    getTask(id, owner, abort.signal).then(
      (task) => { setKnown({ id, task }); },
      (error: unknown) => { if (!abort.signal.aborted) setKnown({ id, error: ApiError.of(error) }); },
    );
    return () => { abort.abort(); };
  }, [id, owner]);
  return known?.id === id ? known : undefined;
}

const settings = ['maxRetries', 'timeoutSeconds', 'delaySeconds'] as const;

interface Form {
  payload: Draft;
  priority: TaskPriority;
  tags: string;
  settings: Record<(typeof settings)[number], string>;
}

function TaskForm({ type, model, onCreated, onCancel }: { type: TaskType; model: Task | undefined; onCreated: (id: string) => void; onCancel: () => void }) {
  const t = useText();
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<Form>(() => ({
    payload: model ? draftOf(type.schema, model.payload) : toDraft(type.schema),
    priority: model?.priority ?? 'normal',
    tags: model?.tags.filter((tag) => !/[\s,，]/.test(tag)).join(', ') ?? '',
    settings: { maxRetries: model ? String(model.maxRetries) : '', timeoutSeconds: model ? String(model.timeoutSeconds) : '', delaySeconds: '' },
  }));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string>();
  const [sending, setSending] = useState(false);
  const admin = useSession((session) => isAdmin(session.user));
  const change = (part: Partial<Form>): void => { setDraft({ ...draft, ...part }); };

  useEffect(() => {
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [errors]);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const problems: Record<string, string> = {};
    const payload = toValue(type.schema, draft.payload, '/payload', problems) ?? {};
    setFailure(undefined);
    if (Object.keys(problems).length > 0) {
      setErrors(Object.fromEntries(Object.entries(problems).map(([path, message]) => [path, t('invalidJson', { message })])));
      return;
    }
    setErrors({});
    setSending(true);
    try {
      const task = await useTasks.getState().createTask(type.name, payload, options(draft));
      onCreated(task.id);
    } catch (thrown) {
      const error = ApiError.of(thrown);
      setErrors(error.fields);
      setFailure(error.code === 'offline' ? t('offline') : error.message);
      setSending(false);
    }
  };

  return (
    <form ref={form} className="stack" noValidate onSubmit={(event) => void submit(event)}>
      {failure && <Alert color="red" role="alert">{failure}</Alert>}
      <SchemaField schema={type.schema} name={type.schema.properties ? '' : t('payload')} path="/payload" required={false} draft={draft.payload} errors={errors} onChange={(payload) => { change({ payload }); }} />
      <NativeSelect
        className={styles.short}
        label={t('priority')}
        data={priorities.map((value) => ({ value, label: t(`priority.${value}`) }))}
        value={draft.priority}
        error={errors['/priority']}
        onChange={(event) => { change({ priority: event.currentTarget.value as TaskPriority }); }}
      />
      <details open={settings.some((name) => errors[`/${name}`]) || undefined}>
        <summary className={styles.more}>{t('more')}</summary>
        <div className={styles.settings}>
          {settings.map((name) => (
            <TextInput
              key={name}
              label={t(name)}
              inputMode="decimal"
              value={draft.settings[name]}
              error={errors[`/${name}`]}
              onChange={(event) => { change({ settings: { ...draft.settings, [name]: event.currentTarget.value } }); }}
            />
          ))}
          <TextInput label={t('tags')} description={t('tagsHint')} value={draft.tags} error={tagError(errors)} onChange={(event) => { change({ tags: event.currentTarget.value }); }} />
        </div>
      </details>
      {admin && type.requiredRole && <p className="dimmed small">{t('needsRole', { role: type.requiredRole })}</p>}
      <div className={`row ${styles.buttons}`}>
        <Button className="push" variant="default" onClick={onCancel}>{t('close')}</Button>
        <Button type="submit" loading={sending}>{t('create')}</Button>
      </div>
    </form>
  );
}

function options({ priority, tags, settings: texts }: Form): Omit<TaskRequest, 'type' | 'payload'> {
  const list = tags.split(/[\s,，]+/).filter((tag) => tag !== '');
  const numbers = Object.entries(texts)
    .filter(([, text]) => text.trim() !== '')
    // What is no number goes as it is: the server's refusal lands on the field.
    .map(([name, text]) => [name, Number.isFinite(Number(text)) ? Number(text) : text]);
  return { priority, ...(list.length > 0 ? { tags: list } : {}), ...(Object.fromEntries(numbers) as Pick<TaskRequest, 'maxRetries'>) };
}

const tagError = (errors: Record<string, string>): string | undefined =>
  Object.entries(errors).find(([path]) => path === '/tags' || path.startsWith('/tags/'))?.[1];
