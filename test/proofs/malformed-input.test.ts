import { endpoints } from '../authorization/matrix.ts';
import { apiOfThisFile } from './in-process.ts';
import { proveMalformedInput } from './malformed-input.ts';

/** Requests to each endpoint; `FUZZ_CASES=200` sends more. */
const cases = Number(process.env['FUZZ_CASES'] ?? 5);

proveMalformedInput(apiOfThisFile(), endpoints, cases);
