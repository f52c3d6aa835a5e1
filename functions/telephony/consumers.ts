import type { Consumer } from '#contract/resource.ts';
import { deviceReboots } from './device-reboots/contract.ts';
import { numberReleases } from './number-releases/contract.ts';
import { stirCertificateExpiries } from './stir-certificate-expiries/contract.ts';

/** The consumers among the contracts: what sends to their queues bundles no others. */
export const telephonyConsumers: readonly Consumer[] = [deviceReboots, numberReleases, stirCertificateExpiries];
