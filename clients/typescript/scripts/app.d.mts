export interface RunningApp {
  url: string;
  stop: () => Promise<void>;
}

export function startApp(): Promise<RunningApp>;
