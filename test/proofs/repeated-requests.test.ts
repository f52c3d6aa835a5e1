import { endpoints } from '../authorization/matrix.ts';
import { apiOfThisFile } from './in-process.ts';
import { proveIdempotency } from './repeated-requests.ts';

proveIdempotency(apiOfThisFile(), endpoints);
