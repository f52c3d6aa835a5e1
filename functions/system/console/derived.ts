import type { Derive } from '#contract/derived.ts';
import { openApi } from '#contract/openapi.ts';
import { version } from '#version.ts';
import { operationsByTag } from './operations.ts';

/** Forms and lists of the console, area by area. */
export const derive: Derive = (contracts) =>
  Object.fromEntries(
    Object.entries(operationsByTag(openApi(contracts, version))).map(([tag, operations]) => [
      `operations-${tag}.json`,
      operations,
    ]),
  );
