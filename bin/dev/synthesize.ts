/**
 * `node bin/dev/synthesize.ts <bundles> <outdir>`: the templates of the present sources. A process of its own, as
 * modules that are loaded once keep their first version.
 */
import { synthesizeLocal } from '../start/assembly.ts';

const [bundles = '', outdir = ''] = process.argv.slice(2);
await synthesizeLocal(bundles, outdir);
