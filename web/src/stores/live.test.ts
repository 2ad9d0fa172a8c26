import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../api/live';
import type { TaskEvent } from '../api/types';
import { sampleEvent } from '../testing/samples';

const hub = vi.hoisted(() => ({
  state: (() => undefined) as (state: Connection) => void,
  event: (() => undefined) as (event: TaskEvent) => void,
  watch: vi.fn(() => Promise.resolve()),
  stop: vi.fn(),
}));
vi.mock('../api/live', () => ({
  openLive: (onState: (state: Connection) => void, onEvent: (event: TaskEvent) => void) => {
    hub.state = onState;
    hub.event = onEvent;
    return { watch: hub.watch, stop: hub.stop };
  },
}));

const { useLive } = await import('./live');
const { useTasks } = await import('./tasks');

beforeEach(() => {
  vi.useFakeTimers();
  useLive.getState().close();
  useLive.getState().open();
});

describe('useLive', () => {
  it('asks for a resync after every connect, and polls only while the hub is away', () => {
    let resyncs = 0;
    const stop = useLive.getState().onResync(() => { resyncs++; });
    hub.state('live');
    expect(resyncs).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(resyncs).toBe(1);
    hub.state('reconnecting');
    expect(useLive.getState().connection).toBe('reconnecting');
    expect(resyncs).toBe(1);
    hub.state('polling');
    vi.advanceTimersByTime(9_000);
    expect(resyncs).toBe(1 + 1 + 3);
    hub.state('live');
    expect(resyncs).toBe(6);
    vi.advanceTimersByTime(60_000);
    expect(resyncs).toBe(6);
    stop();
  });

  it('tells listeners what came within a frame, at once', () => {
    const heard: number[] = [];
    const stop = useLive.getState().listen((events) => { heard.push(events.length); });
    for (let version = 2; version < 12; version++) hub.event(sampleEvent({ version }));
    vi.advanceTimersByTime(300);
    expect(heard).toEqual([10]);
    stop();
    hub.event(sampleEvent());
    vi.advanceTimersByTime(300);
    expect(heard).toEqual([10]);
  });

  it('joins the watchers when everybody’s tasks are asked for', () => {
    hub.watch.mockClear();
    useTasks.setState({ owner: 'all' });
    expect(hub.watch).toHaveBeenCalledTimes(1);
    useTasks.setState({ loading: true });
    expect(hub.watch).toHaveBeenCalledTimes(1);
  });

  it('joins them too for a single task of somebody else’s, and leaves with the last that needs it', () => {
    useTasks.setState({ owner: undefined });
    hub.watch.mockClear();
    const stops = [useLive.getState().watchAll(), useLive.getState().watchAll()];
    expect(hub.watch).toHaveBeenCalledTimes(1);
    stops[0]?.();
    expect(hub.watch).toHaveBeenCalledTimes(1);
    stops[1]?.();
    expect(hub.watch).toHaveBeenCalledTimes(2);
  });

  it('does not poll while nobody sees the page, and fetches at once when it is seen again', () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    hub.state('polling');
    let resyncs = 0;
    const stop = useLive.getState().onResync(() => { resyncs++; });
    vi.advanceTimersByTime(60_000);
    expect(resyncs).toBe(0);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(resyncs).toBe(1);
    vi.advanceTimersByTime(3_000);
    expect(resyncs).toBe(2);
    stop();
    hidden.mockRestore();
  });

  it('fetches again once it is among the watchers: what came before that was told to others only', async () => {
    useTasks.setState({ owner: undefined });
    let joined: () => void = () => undefined;
    hub.watch.mockImplementationOnce(() => new Promise((resolve) => { joined = resolve; }));
    let resyncs = 0;
    const stop = useLive.getState().onResync(() => { resyncs++; });
    await Promise.resolve();
    const before = resyncs;
    useTasks.setState({ owner: 'all' });
    await Promise.resolve();
    expect(resyncs).toBe(before);
    joined();
    await vi.waitFor(() => { expect(resyncs).toBe(before + 1); });
    stop();
  });
});
