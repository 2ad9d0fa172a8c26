import { Alert, Button, NativeSelect, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useNavigate, useParams, useSearchParams } from 'react-router';
import { ApiError } from '../../api/http';
import { getSchedule, missedTicks, overlaps, postSchedule, previewTicks, putSchedule, type Missed, type Overlap, type Schedule, type ScheduleRequest } from '../../api/schedules';
import type { TaskType } from '../../api/types';
import { useDescriptions, useFormats, useText } from '../../i18n';
import { Dialog } from '../../parts/Dialog';
import { draftOf, toDraft, toValue, type Draft } from '../../parts/form/draft';
import { SchemaField } from '../../parts/form/SchemaField';
import { useTitle } from '../../parts/title';
import { Waiting } from '../../parts/Waiting';
import { useOwnerOfOne } from '../../stores/owner';
import { useSchedules } from '../../stores/schedules';
import { useSession } from '../../stores/session';
import { useTypes } from '../../stores/types';
import styles from './Schedules.module.css';

/** Makes a schedule, or changes the one that the address names. */
export function ScheduleForm() {
  const t = useText();
  const navigate = useNavigate();
  const owner = useOwnerOfOne();
  const { id } = useParams();
  const [query] = useSearchParams();
  const search = query.toString() && `?${query.toString()}`;
  const types = useTypes((known) => known.types);
  const roles = useSession((session) => session.user?.roles);
  const [known, setKnown] = useState<Schedule>();
  const [error, setError] = useState<ApiError>();
  useEffect(() => { void useTypes.getState().load(); }, []);
  useEffect(() => {
    if (!id) return;
    const abort = new AbortController();
    getSchedule(id, owner, abort.signal).then(setKnown, (thrown: unknown) => { if (!abort.signal.aborted) setError(ApiError.of(thrown)); });
    return () => { abort.abort(); };
  }, [id, owner]);
  const title = t(id ? 'editSchedule' : 'newSchedule');
  useTitle(title, 1);
  const open = types?.filter((type) => !type.requiredRole || roles?.includes(type.requiredRole));
  const close = (): void => void navigate(`/schedules${search}`);
  return (
    <Dialog size="medium" title={title} onClose={close}>
      {error && <Alert color="red" role="alert">{error.status === 404 ? t('noSuchSchedule') : t('failedToLoad', { message: error.message })}</Alert>}
      {(!open || (id && known?.id !== id)) && !error && <Waiting />}
      {open && (!id || known?.id === id) && (
        <Fields types={open} schedule={id ? known : undefined} onClose={close} onDone={(one) => void navigate(`/schedules/${one.id}${search}`)} />
      )}
    </Dialog>
  );
}

type Kind = 'cron' | 'every' | 'at';

interface Form {
  name: string;
  kind: Kind;
  cron: string;
  timeZone: string;
  everySeconds: string;
  at: string;
  missed: Missed;
  overlap: Overlap;
  type: string;
  payload: Draft;
}

const local = (at: number): string => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

function begin(types: readonly TaskType[], schedule: Schedule | undefined): Form {
  const type = types.find((one) => one.name === schedule?.task.type) ?? types[0];
  return {
    name: schedule?.name ?? '',
    kind: !schedule || schedule.cron !== null ? 'cron' : schedule.everySeconds !== null ? 'every' : 'at',
    cron: schedule?.cron ?? '0 3 * * *',
    timeZone: schedule?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    everySeconds: String(schedule?.everySeconds ?? 3600),
    at: schedule?.at ? local(schedule.at) : '',
    missed: schedule?.missed ?? 'once',
    overlap: schedule?.overlap ?? 'skip',
    type: type?.name ?? '',
    payload: type ? (schedule ? draftOf(type.schema, schedule.task.payload) : toDraft(type.schema)) : '',
  };
}

function Fields({ types, schedule, onClose, onDone }: { types: readonly TaskType[]; schedule: Schedule | undefined; onClose: () => void; onDone: (schedule: Schedule) => void }) {
  const t = useText();
  const describe = useDescriptions();
  const owner = useOwnerOfOne();
  const place = useRef<HTMLFormElement>(null);
  const [form, setForm] = useState(() => begin(types, schedule));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<string>();
  const [sending, setSending] = useState(false);
  const set = (part: Partial<Form>): void => { setForm({ ...form, ...part }); };
  const type = types.find((one) => one.name === form.type);
  useEffect(() => { place.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(); }, [errors]);
  if (!type) return <p>{t('noTypes')}</p>;

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const problems: Record<string, string> = {};
    const payload = toValue(type.schema, form.payload, '/task/payload', problems) ?? {};
    setFailure(undefined);
    setErrors(Object.fromEntries(Object.entries(problems).map(([path, message]) => [path, t('invalidJson', { message })])));
    if (Object.keys(problems).length > 0) return;
    setSending(true);
    try {
      // What the form has no field for stays as it was.
      const former = schedule?.task.type === type.name ? schedule.task : {};
      const wanted: ScheduleRequest = { name: form.name, ...timing(form), missed: form.missed, overlap: form.overlap, paused: schedule?.paused ?? false, task: { ...former, type: type.name, payload } };
      const done = schedule ? await putSchedule(schedule.id, owner, wanted) : await postSchedule(wanted);
      void useSchedules.getState().fetch();
      onDone(done);
    } catch (thrown) {
      const error = ApiError.of(thrown);
      setErrors(error.fields);
      setFailure(error.code === 'offline' ? t('offline') : error.message);
      setSending(false);
    }
  };
  return (
    <form ref={place} className="stack" noValidate onSubmit={(event) => void submit(event)}>
      {failure && <Alert color="red" role="alert">{failure}</Alert>}
      <TextInput label={t('name')} value={form.name} error={errors['/name']} onChange={(event) => { set({ name: event.currentTarget.value }); }} />
      <div className={styles.fields}>
        <NativeSelect label={t('plan')} value={form.kind} data={(['cron', 'every', 'at'] as const).map((value) => ({ value, label: t(`kind.${value}`) }))} onChange={(event) => { set({ kind: event.currentTarget.value as Kind }); }} />
        {form.kind === 'cron' && <TextInput label={t('cron')} classNames={{ input: 'mono' }} value={form.cron} error={errors['/cron']} onChange={(event) => { set({ cron: event.currentTarget.value }); }} />}
        {form.kind === 'cron' && <TextInput label={t('timeZone')} value={form.timeZone} error={errors['/timeZone']} onChange={(event) => { set({ timeZone: event.currentTarget.value }); }} />}
        {form.kind === 'every' && <TextInput label={t('everySeconds')} inputMode="decimal" value={form.everySeconds} error={errors['/everySeconds']} onChange={(event) => { set({ everySeconds: event.currentTarget.value }); }} />}
        {form.kind === 'at' && <TextInput type="datetime-local" label={t('atTime')} value={form.at} error={errors['/at'] ?? errors['/cron']} onChange={(event) => { set({ at: event.currentTarget.value }); }} />}
      </div>
      {form.kind !== 'at' && <Preview form={form} />}
      <div className={styles.fields}>
        <NativeSelect label={t('missed')} value={form.missed} data={missedTicks.map((value) => ({ value, label: t(`missed.${value}`) }))} onChange={(event) => { set({ missed: event.currentTarget.value as Missed }); }} />
        <NativeSelect label={t('overlap')} value={form.overlap} data={overlaps.map((value) => ({ value, label: t(`overlap.${value}`) }))} onChange={(event) => { set({ overlap: event.currentTarget.value as Overlap }); }} />
      </div>
      <NativeSelect
        label={t('type')}
        description={describe(type.description)}
        data={types.map((one) => one.name)}
        value={type.name}
        error={errors['/task/type']}
        onChange={(event) => {
          const chosen = types.find((one) => one.name === event.currentTarget.value);
          if (chosen) set({ type: chosen.name, payload: toDraft(chosen.schema) });
        }}
      />
      <SchemaField key={type.name} schema={type.schema} name={type.schema.properties ? '' : t('payload')} path="/task/payload" required={false} draft={form.payload} errors={errors} onChange={(payload) => { set({ payload }); }} />
      <div className={`row ${styles.submit}`}>
        <Button className="push" variant="default" onClick={onClose}>{t('close')}</Button>
        <Button type="submit" loading={sending}>{t(schedule ? 'save' : 'create')}</Button>
      </div>
    </form>
  );
}

function timing({ kind, cron, timeZone, everySeconds, at }: Form): Partial<ScheduleRequest> {
  if (kind === 'cron') return { cron, timeZone };
  if (kind === 'every') return { everySeconds: Number.isFinite(Number(everySeconds)) && everySeconds.trim() !== '' ? Number(everySeconds) : everySeconds };
  // What the browser's own field has is this place's time.
  return at === '' ? {} : { at: new Date(at).toISOString() };
}

/** When the plan would tick, while it is typed. */
function Preview({ form: { kind, cron, timeZone, everySeconds } }: { form: Form }) {
  const t = useText();
  const { time } = useFormats();
  const [known, setKnown] = useState<{ ticks: number[]; error?: string }>({ ticks: [] });
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      previewTicks(kind === 'cron' ? { cron, timeZone } : { everySeconds: Number(everySeconds) }, abort.signal).then(
        (ticks) => { setKnown({ ticks }); },
        (thrown: unknown) => {
          if (abort.signal.aborted) return;
          const error = ApiError.of(thrown);
          setKnown({ ticks: [], error: Object.values(error.fields)[0] ?? error.message });
        },
      );
    }, 300);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [kind, cron, timeZone, everySeconds]);
  return (
    <section aria-label={t('nextRuns')} aria-live="polite" className={styles.preview}>
      <strong className="small">{t('nextRuns')}</strong>
      {known.error ? <p className={`small ${styles.error}`}>{known.error}</p> : <ol className={`small ${styles.ticks}`}>{known.ticks.map((tick) => <li key={tick}>{time(tick)}</li>)}</ol>}
    </section>
  );
}
