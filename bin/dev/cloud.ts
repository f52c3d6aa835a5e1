/**
 * The cloud under `npm run dev`, as a child process of bin/dev.ts: a new process runs new sources. It takes bundles in
 * place of running ones, and ends with its parent.
 */
import { bundledFunctions } from '#infra/bundle.ts';
import { namesFor } from '#infra/names.ts';
import type { Cloud } from '#infra/local/cloud.ts';
import { localAssembly } from '../start/assembly.ts';
import { runCloud, sipAddressOf } from '../start/run.ts';
import type { Replaced, Replacement, Started } from './messages.ts';

const report = (message: Started | Replaced): void => void process.send?.(message);

async function replace(cloud: Cloud, { bundles }: Replacement): Promise<void> {
  const names = namesFor('local');
  for (const { name, runtime, folder } of bundles) {
    if (runtime === 'lambda') cloud.replaceFunction(names.function(name), folder);
    else await cloud.replaceService(name, folder);
  }
}

// The parent has ended, if only by SIGKILL.
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
const bundles = await bundledFunctions();
const assembly = await localAssembly();
const cloud = await runCloud(async () => assembly);
process.on('message', (replacement: Replacement) => {
  replace(cloud, replacement).then(
    () => report({ kind: 'replaced' }),
    (error: unknown) => report({ kind: 'replaced', problem: String(error) }),
  );
});
const sipPort = Number(sipAddressOf(cloud).split(':').at(-1));
report({ kind: 'started', bundles, assembly, port: cloud.port, sipPort });
