/**
 * `npm start`: the whole system on this machine, from the same templates that deploy it.
 * README.md lists the environment variables.
 */
import { argumentsOf, command } from './command-line/command.ts';
import { localAssembly } from './start/assembly.ts';
import { runCloud } from './start/run.ts';

export const tool = command({
  name: 'start',
  purpose: 'Runs the whole system on this machine. Settings are environment variables (infra/local/README.md).',
});

if (import.meta.main) {
  argumentsOf(tool);
  await runCloud(localAssembly);
}
