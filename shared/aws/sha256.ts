import { Hash } from '@smithy/core/serde';

/** The hash of SigV4 signatures. */
export class Sha256 extends Hash {
  constructor(secret?: ConstructorParameters<typeof Hash>[1]) {
    super('sha256', secret);
  }
}
