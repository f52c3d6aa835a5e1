/** `node bin/start/build.ts <outdir>`: bundles the functions and synthesizes the templates of the local stage. */
import { bundledFunctions } from '#infra/bundle.ts';
import { synthesizeLocal } from './assembly.ts';
import { smsSetting } from './settings.ts';

console.log('Bundling the functions ...');
const bundles = await bundledFunctions();
console.log('Synthesizing the templates ...');
await synthesizeLocal(bundles, process.argv[2] ?? '', { sms: smsSetting(process.env) });
// The bundler waits for further work.
process.exit(0);
