import { Badge, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../texts/texts.ts';
import { verificationOf, type VerifiedCall } from './verification.ts';

type Props = { readonly call: VerifiedCall; readonly children: ReactNode };

/** A caller, with a mark if it was verified, or if that failed. */
export function VerifiedCaller({ call, children }: Props) {
  const verification = verificationOf(call);
  if (verification === undefined) return children;
  const isPassed = verification === 'passed';
  return (
    <Group gap="xs" wrap="nowrap">
      {children}
      <Badge size="sm" variant="light" color={isPassed ? 'teal' : 'red'}>
        {isPassed ? t('verified caller') : t('caller not genuine')}
      </Badge>
    </Group>
  );
}
