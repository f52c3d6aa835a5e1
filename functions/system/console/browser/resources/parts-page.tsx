import { Text } from '@mantine/core';
import { t } from '../texts/texts.ts';
import { Page } from '../kit/page.tsx';
import { useIsSeller } from '../kit/selling.ts';
import { useSession, useSigning } from '../kit/session.tsx';
import type { PartsPage as Definition } from './definitions.ts';
import { OpenParts } from './parts.tsx';

function useKnown({ about }: Definition): readonly string[] {
  const { organization } = useSigning();
  const session = useSession();
  if (about === undefined) return [];
  return [about === 'organization' ? (organization ?? session.org_id) : about];
}

/** "How is this set for all of us?" A page of operations that belong to no single resource. */
export function PartsPage({ of }: { readonly of: Definition }) {
  const known = useKnown(of);
  const isSeller = useIsSeller();
  if (of.isSelling === true && !isSeller)
    return (
      <Page title={of.title}>
        <Text>{t('This page is for organizations that sell to others.')}</Text>
      </Page>
    );
  return (
    <Page title={of.title}>
      <OpenParts parts={of.parts} tag={of.tag} known={known} />
    </Page>
  );
}
