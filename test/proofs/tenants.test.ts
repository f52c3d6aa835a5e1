import { endpoints } from '../authorization/matrix.ts';
import { apiOfThisFile } from './in-process.ts';
import { proveIsolation } from './tenants.ts';

/** Every endpoint. `test/authorization` proves the same over HTTP, of one endpoint of each kind in each area. */
proveIsolation(apiOfThisFile(), endpoints);
