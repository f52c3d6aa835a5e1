/** `node bin/start/build.ts <outdir>`: bundles the functions and synthesizes the templates of the local stage. */
import { bundledFunctions } from '#infra/bundle.ts';
import { synthesizeLocal } from './assembly.ts';

console.log('Bundling the functions ...');
const bundles = await bundledFunctions();
console.log('Synthesizing the templates ...');
await synthesizeLocal(bundles, process.argv[2] ?? '');
// The bundler waits for further work.
process.exit(0);
