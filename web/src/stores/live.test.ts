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
    useTasks.setState({ everybody: true });
    expect(hub.watch).toHaveBeenCalledTimes(1);
    useTasks.setState({ loading: true });
    expect(hub.watch).toHaveBeenCalledTimes(1);
  });

  it('fetches again once it is among the watchers: what came before that was told to others only', async () => {
    useTasks.setState({ everybody: false });
    let joined: () => void = () => undefined;
    hub.watch.mockImplementationOnce(() => new Promise((resolve) => { joined = resolve; }));
    let resyncs = 0;
    const stop = useLive.getState().onResync(() => { resyncs++; });
    await Promise.resolve();
    const before = resyncs;
    useTasks.setState({ everybody: true });
    await Promise.resolve();
    expect(resyncs).toBe(before);
    joined();
    await vi.waitFor(() => { expect(resyncs).toBe(before + 1); });
    stop();
  });
});
