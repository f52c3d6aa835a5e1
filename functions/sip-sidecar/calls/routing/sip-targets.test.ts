import { expect, test } from 'vitest';
import { gatewayOf, peerOf, trunkOf } from '#test/support/resources.fixture.ts';
import { gatewayTarget, trunkTarget } from './sip-targets.ts';

test.each(['none', 'prefer', 'require'] as const)(
  'SRTP with a trunk or gateway is as its settings say: %s',
  (media_encryption) => {
    const gateway = gatewayOf();
    const targets = [
      gatewayTarget({ ...gateway, peer: peerOf({ media_encryption }) }, '+4612345'),
      trunkTarget({ ...trunkOf(), media_encryption }, '+4612345'),
      trunkTarget({ ...trunkOf(), media_encryption }, '+4612345', { ...gateway, peer: null }),
    ];
    expect(targets.map((target) => target?.encryption)).toEqual([media_encryption, media_encryption, media_encryption]);
  },
);
