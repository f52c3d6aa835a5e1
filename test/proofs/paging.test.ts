import { endpoints } from '../authorization/matrix.ts';
import { apiOfThisFile } from './in-process.ts';
import { provePaging } from './paging.ts';

provePaging(apiOfThisFile(), endpoints);
