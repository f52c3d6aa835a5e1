import * as z from 'zod';

/** SPDX identifiers of licences that permit use and distribution together with Apache-2.0. */
const permitted = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]);

/** Packages for development only may have these too: nothing of them is distributed. */
const permittedForDevelopment = new Set(['MPL-2.0']);

/** Packages whose description names no licence, or not the one of their file LICENSE. */
const checkedByHand: Readonly<Record<string, string>> = {
  'node_modules/sip': 'MIT, by its file LICENSE',
  // The data is used as it is, and named where it is shown: share-alike concerns adaptations of it.
  'node_modules/date-holidays': 'ISC, and CC BY-SA 3.0 for its data',
};

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ license: z.string().optional(), dev: z.boolean().optional(), devOptional: z.boolean().optional() }),
  ),
});

/** A sentence for each package of `package-lock.json` whose licence does not permit its use. */
export function licenceProblems(lock: unknown): readonly string[] {
  return Object.entries(Lock.parse(lock).packages).flatMap(([name, { license, dev, devOptional }]) => {
    if (name === '' || name in checkedByHand) return [];
    const isDevelopment = dev === true || devOptional === true;
    const choices = (license ?? '').replaceAll(/[()]/g, '').split(' OR ');
    const isPermitted = choices.some(
      (each) => permitted.has(each) || (isDevelopment && permittedForDevelopment.has(each)),
    );
    return isPermitted
      ? []
      : [`${name} has the licence ${license ?? 'none'}, which bin/audit/licences.ts does not list`];
  });
}
