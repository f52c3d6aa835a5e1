/** The entry point of the process. README.md lists its environment variables. */
import { objectsFromEnvironment } from '#objects/objects.ts';
import { logger } from '#runtime/log.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { startRelay } from './relay.ts';
import { settingsFrom } from './settings.ts';

// What cannot be logged, as on a full disk, is lost; it must not end the media.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const relay = await startRelay(settingsFrom(process.env), {
  environment: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  objects: objectsFromEnvironment(),
  secrets: secretsFromEnvironment(),
  note: logger().note,
  fault: (error) => void process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`),
});

/** The first signal stops gracefully, a second one at once. */
let stopping = false;
const stop = (): void => {
  if (stopping) process.exit(1);
  stopping = true;
  void relay.close().then(() => process.exit(0));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// A child process (`npm start`) ends with its parent.
process.on('disconnect', stop);
// It may have ended while this one started.
if (process.send !== undefined && !process.connected) stop();
// Without rtpengine there is no relay: a new task replaces this one.
void relay.ended.then(() => {
  if (!stopping) process.exit(1);
});
