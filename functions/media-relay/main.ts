/** The entry point of the process. README.md lists its environment variables. */
import { relayLeaseRow } from '#dynamodb/rows/lease.ts';
import { overwrite, remove } from '#dynamodb/write.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { contextOf } from '#runtime/background-context.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { secretsFromEnvironment } from '#secrets/secrets.ts';
import { mediaRelay } from './contract.ts';
import { startRelay } from './relay.ts';
import { settingsFrom } from './settings.ts';

// What cannot be logged, as on a full disk, is lost; it must not end the media.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const { log, tableOf, tryCommit } = contextOf(mediaRelay, dependenciesFromEnvironment());
const relay = await startRelay(settingsFrom(process.env), {
  environment: process.env,
  print: (line) => void process.stdout.write(`${line}\n`),
  objects: objectsFromEnvironment(),
  secrets: secretsFromEnvironment(),
  leases: {
    read: async () => (await tableOf(0).query(relayLeaseRow, {})).items,
    write: async (lease) => void (await tryCommit(0, [overwrite(relayLeaseRow, lease)])),
    remove: async (key) => void (await tryCommit(0, [remove(relayLeaseRow, key)])),
  },
  note: log.note,
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
