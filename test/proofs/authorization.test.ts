import { endpoints } from '../authorization/matrix.ts';
import { proveAuthorization } from './authorization.ts';
import { apiOfThisFile } from './in-process.ts';

/** Every endpoint. `test/authorization` proves the same over HTTP, of one endpoint of each kind in each area. */
proveAuthorization(apiOfThisFile(), endpoints);
