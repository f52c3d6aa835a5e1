import type { Derive } from '#contract/derived.ts';
import { contracts, contractsByArea, services } from '#functions/contracts.ts';
import type { Assets } from '#runtime/assets.ts';
import { assetsOf } from './assets.fixture.ts';

/** Assets with what the build would derive, for a function that runs from its sources. */
export const derivedAssets = (derive: Derive): Assets => assetsOf(derive(contracts, contractsByArea, services));
