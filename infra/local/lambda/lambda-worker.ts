/**
 * Entry of a worker thread: one execution environment of one function. It loads the
 * bundle once and then handles one event at a time, as the Lambda runtime does.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';

/** The thread's start parameters. */
export type Environment = {
  readonly folder: string;
  /** `<file>.<export>`, for example `index.handler`. */
  readonly handler: string;
  readonly functionName: string;
  /** Number of a published version, or `$LATEST`. */
  readonly version: string;
  readonly memoryMegabytes: number;
  /** File that receives its output. */
  readonly logFile: string;
};

/** One event, as JSON. */
export type Job = {
  readonly requestId: string;
  readonly event: string;
  readonly functionArn: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
};

/** The thread's messages: first that it is ready, then one outcome for each job. `payload` is JSON. */
export type Outcome = 'ready' | { readonly payload: string; readonly failed: boolean };

type Handler = (event: unknown, context: object) => unknown;

const { folder, handler: handlerName, functionName, version, memoryMegabytes, logFile } = workerData as Environment;
const port = parentPort;
if (!port) throw new Error('lambda-worker.ts runs in a worker thread only');

writeLogHere(logFile);
const handler = await loadHandler();
port.on('message', (job: Job) => void run(job).then((outcome) => port.postMessage(outcome satisfies Outcome)));
port.postMessage('ready' satisfies Outcome);

/**
 * Writes the function's output to its log from this thread: through the main thread, each line would cost both threads
 * more.
 */
function writeLogHere(file: string): void {
  const descriptor = openSync(file, 'a');
  for (const stream of [process.stdout, process.stderr]) {
    stream._writev = (pieces, done) => {
      // A log that cannot be written, as on a full disk, must not end the function.
      try {
        writeSync(descriptor, pieces.map(({ chunk }) => String(chunk)).join(''));
      } catch {
        /* there is no other place to report it */
      }
      done();
    };
  }
}

async function loadHandler(): Promise<Handler> {
  const [file, name = ''] = handlerName.split('.');
  const bundle = (await import(pathToFileURL(join(folder, `${file}.mjs`)).href)) as Record<string, unknown>;
  const found = bundle[name];
  if (typeof found !== 'function') throw new Error(`${functionName}: ${handlerName} is not exported`);
  return found as Handler;
}

async function run(job: Job): Promise<Exclude<Outcome, 'ready'>> {
  try {
    const result = await handler(JSON.parse(job.event), contextOf(job));
    return { payload: JSON.stringify(result === undefined ? null : result), failed: false };
  } catch (error) {
    process.stderr.write(`${inspect(error)}\n`);
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    return {
      payload: JSON.stringify({ errorType: name, errorMessage: message, trace: stack?.split('\n') ?? [] }),
      failed: true,
    };
  }
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
function contextOf({ requestId, functionArn, deadline }: Job): object {
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: version,
    invokedFunctionArn: functionArn,
    memoryLimitInMB: String(memoryMegabytes),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}
