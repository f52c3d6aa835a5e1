/**
 * `npm start`: the whole system on this machine, from the same templates that deploy it.
 * README.md lists the environment variables.
 */
import { localAssembly } from './start/assembly.ts';
import { runCloud } from './start/run.ts';

await runCloud(localAssembly);
