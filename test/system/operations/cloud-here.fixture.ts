import { startCloud, type Cloud } from '#infra/local/cloud.ts';
import { eventually } from '#test/support/eventually.ts';
import { adminPassword, call, connect, outputsFileIn, type Cloud as Connected, type OwnCloud } from '../cloud.ts';

/** A local cloud in the process of its test, which can replace its code while it runs. */
export type CloudHere = { readonly running: Cloud; readonly cloud: OwnCloud };

type Wanted = {
  readonly dataDir: string;
  /** Folder of the synthesized app. */
  readonly assembly: string;
  readonly environment?: Readonly<Record<string, string>>;
};

/**
 * Sends a request, again while the gateway itself answers 500: on a busy machine, replaced code does not start in time.
 * Answers are not compared with the document, which is of one version.
 */
const requestsOf =
  (base: string): Connected['api'] =>
  (path, extra = {}) =>
    eventually(async () => {
      const { answer } = await call(base + path, extra);
      const isOfGateway = JSON.stringify(answer.body) === '{"message":"Internal Server Error"}';
      if (isOfGateway) throw new Error(`${extra.method ?? 'GET'} ${path} is answered ${answer.status}`);
      return answer;
    }, 60_000);

/** Starts it, and waits until `GET /health` answers 200. */
export async function startCloudHere({ dataDir, assembly, environment = {} }: Wanted): Promise<CloudHere> {
  const lines: string[] = [];
  const running = await startCloud({
    assembly: () => Promise.resolve(assembly),
    dataDir,
    host: '127.0.0.1',
    port: 0,
    sipPort: 0,
    environment: { ADMIN_PASSWORD: adminPassword, PASSWORD_COST: '12', RATE_LIMIT_SCALE: '20', ...environment },
    announce: (line) => void lines.push(line),
  });
  const stop = (): Promise<void> => running.close();
  const cloud: OwnCloud = {
    ...connect(outputsFileIn(dataDir)),
    api: requestsOf(`http://127.0.0.1:${running.port}`),
    dataDir,
    pid: process.pid,
    printed: () => lines.join('\n'),
    stop,
    kill9: stop,
  };
  await eventually(async () => {
    const { status } = await fetch(`http://127.0.0.1:${running.port}/health`);
    if (status !== 200) throw new Error(`GET /health answers ${status}`);
  }, 60_000);
  return { running, cloud };
}
