import { voipbin } from '#contract/voipbin.ts';
import { endpoints } from '../authorization/matrix.ts';
import { proveAuthorization } from './authorization.ts';
import { apiOfThisFile } from './in-process.ts';
import { proveMalformedInput } from './malformed-input.ts';
import { sample } from './sample.ts';
import { proveIsolation } from './tenants.ts';
import { proveVoipbin } from './voipbin.ts';

/** The answers of every endpoint. What does not depend on their form is proven of one of each kind in each area. */
const api = apiOfThisFile(voipbin.basePath);

proveVoipbin(api, endpoints);
proveAuthorization(api, sample);
proveIsolation(api, sample);
proveMalformedInput(api, sample, 3);
