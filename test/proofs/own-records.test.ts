import { endpoints } from '../authorization/matrix.ts';
import { apiOfThisFile } from './in-process.ts';
import { proveOwnRecords } from './own-records.ts';

/** Every endpoint whose scope may be limited. `test/authorization` proves the same over HTTP, of a sample. */
proveOwnRecords(apiOfThisFile(), endpoints);
