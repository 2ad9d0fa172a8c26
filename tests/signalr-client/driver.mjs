// Runs unmodified @microsoft/signalr clients for a test in another language.
// Commands come as JSON lines on stdin, answers and events leave as JSON lines on stdout:
//   > {"id":1,"op":"connect","connection":1,"url":"...","transport":"webSockets","on":["news"],"reconnect":[0,100]}
//   < {"id":1,"result":"<connection id>"}            or {"id":1,"error":"..."}
//   < {"event":"message","connection":1,"target":"news","args":[...]}
//   < {"event":"reconnecting"|"reconnected"|"close","connection":1,"error":"..."|null}
// When stdin ends (the test process is gone, however it went) the driver ends too.
import { createInterface } from "node:readline";
import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

const transports = {
  webSockets: HttpTransportType.WebSockets,
  serverSentEvents: HttpTransportType.ServerSentEvents,
  longPolling: HttpTransportType.LongPolling,
};
const connections = new Map();

const write = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const text = (error) => (error ? String(error.message ?? error) : null);

/** Retries on the given delays, the last one again and again: a test ends the waiting, not a count. */
const retryOn = (delays) => ({
  nextRetryDelayInMilliseconds: ({ previousRetryCount }) => delays[Math.min(previousRetryCount, delays.length - 1)],
});

async function connect({ connection, url, transport, token, headers, on = [], reconnect, serverTimeout }) {
  const builder = new HubConnectionBuilder()
    .withUrl(url, {
      transport: transport ? transports[transport] : undefined,
      accessTokenFactory: token ? () => token : undefined,
      headers,
    })
    .configureLogging(LogLevel.None);
  if (reconnect) builder.withAutomaticReconnect(retryOn(reconnect));
  const hub = builder.build();
  if (serverTimeout) hub.serverTimeoutInMilliseconds = serverTimeout;
  for (const target of on) hub.on(target, (...args) => write({ event: "message", connection, target, args }));
  hub.onreconnecting((error) => write({ event: "reconnecting", connection, error: text(error) }));
  hub.onreconnected((id) => write({ event: "reconnected", connection, connectionId: id }));
  hub.onclose((error) => write({ event: "close", connection, error: text(error) }));
  connections.set(connection, hub);
  await hub.start();
  return hub.connectionId;
}

function collect(stream) {
  return new Promise((resolve, reject) => {
    const items = [];
    stream.subscribe({ next: (item) => items.push(item), error: reject, complete: () => resolve(items) });
  });
}

const operations = {
  connect,
  invoke: ({ connection, target, args }) => connections.get(connection).invoke(target, ...args),
  send: ({ connection, target, args }) => connections.get(connection).send(target, ...args),
  stream: ({ connection, target, args }) => collect(connections.get(connection).stream(target, ...args)),
  stop: ({ connection }) => connections.get(connection).stop(),
};

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const command = JSON.parse(line);
  try {
    write({ id: command.id, result: (await operations[command.op](command)) ?? null });
  } catch (error) {
    write({ id: command.id, error: text(error) });
  }
});
lines.on("close", () => process.exit(0));
