import { endpoints } from '../authorization/matrix.ts';
import { apiOfThisFile } from './in-process.ts';
import { proveVersions } from './versions.ts';

proveVersions(apiOfThisFile(), endpoints);
