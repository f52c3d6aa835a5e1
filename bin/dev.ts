/**
 * `npm run dev`: `npm start` that follows the sources in functions/, shared/ and infra/. Functions whose bundles a
 * change affects are bundled again and replaced under the running cloud: an invocation in progress ends with the old
 * code, the next one runs the new code. The cloud restarts, with the same data and ports, only if its templates or its
 * own code changed.
 */
import { argumentsOf, command } from './command-line/command.ts';
import { DevSession } from './dev/session.ts';
import { watchSources } from './dev/watch.ts';

export const tool = command({
  name: 'dev',
  purpose: 'Runs `npm start`, and replaces the functions whose sources change. Settings are those of `npm start`.',
});

if (import.meta.main) {
  argumentsOf(tool);
  const session = new DevSession((line) => console.log(line));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => session.signal(signal));
  const stopWatching = watchSources(['functions', 'infra', 'shared'], (change) => session.changed(change));
  process.exitCode = await session.run();
  stopWatching();
}
