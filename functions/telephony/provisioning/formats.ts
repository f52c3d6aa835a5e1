import type { Vendor } from '../devices/vendor.ts';
import { ciscoSpaFiles } from './cisco-spa.ts';
import type { Configuration, ProvisioningFile } from './configuration.ts';
import { grandstreamFiles } from './grandstream.ts';
import { plainFiles } from './plain.ts';
import { polycomFiles } from './polycom.ts';
import { snomFiles } from './snom.ts';
import { yealinkFiles } from './yealink.ts';

const formats: Readonly<Record<Vendor, (configuration: Configuration) => ProvisioningFile[]>> = {
  yealink: yealinkFiles,
  polycom: polycomFiles,
  'cisco-spa': ciscoSpaFiles,
  grandstream: grandstreamFiles,
  snom: snomFiles,
  other: plainFiles,
};

/** The files of a device, in the order in which its phone fetches them. @throws AppError NOT_RENDERABLE */
export const filesOf = (configuration: Configuration): ProvisioningFile[] =>
  formats[configuration.vendor](configuration);
