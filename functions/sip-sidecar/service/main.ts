/** The entry point of the process. README.md lists its environment variables. */
import { outboundFromEnvironment } from '#outbound/outbound.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { invokeFromEnvironment } from '#runtime/invoke.ts';
import { queuesFromEnvironment, sqsClient } from '#queue/queues.ts';
import { secretReader, secretsFromEnvironment } from '#secrets/secrets.ts';
import { settingsFrom } from '../task/settings.ts';
import { startSidecar } from './sidecar.ts';

// What cannot be logged, as on a full disk, is lost; it must not end the calls.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const { credentials } = sqsClient().config;
const dependencies = {
  ...dependenciesFromEnvironment({ queues: queuesFromEnvironment() }),
  // A task has its credentials from ECS, as the clients of the SDK know.
  invoke: invokeFromEnvironment(process.env, credentials),
  secrets: secretsFromEnvironment(),
  outbound: outboundFromEnvironment(),
  readSecret: secretReader(),
  print: (line: string) => void process.stdout.write(`${line}\n`),
};
const sidecar = await startSidecar(settingsFrom(process.env), dependencies);

/** The first signal stops gracefully, a second one at once. */
let stopping = false;
const stop = (): void => {
  if (stopping) process.exit(1);
  stopping = true;
  sidecar.close().then(
    () => process.exit(0),
    (error: unknown) => {
      dependencies.log.fault(error, sidecar.id, 'the graceful stop failed');
      process.exit(1);
    },
  );
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// A child process (`npm start`) ends with its parent.
process.on('disconnect', () => process.exit(0));
// It may have ended while this one started.
if (process.send !== undefined && !process.connected) process.exit(0);
