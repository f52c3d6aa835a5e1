import { textHeader } from '../../../shared/sip/header-kinds.ts';
import { Headers } from '../../../shared/sip/headers.ts';

/** The header Reason (RFC 3326) with a cause of ITU-T Q.850. */
export const reasonHeaders = (q850: number): Headers =>
  Headers.none.append(textHeader('Reason'), `Q.850;cause=${q850}`);
