import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { t } from '../texts/texts.ts';
import { chosenQuery, usePlaces } from './target-picker.tsx';
import { choiceOf, labelOfKind, pageOfTarget, type Target } from './targets.ts';

/** What a call is sent to by a mailbox: its name is that of no list. */
const nameOfMailbox = ({ kind, to }: Target): string => {
  if (kind === 'voicemail') return t('Mailbox {name}', { name: to });
  return to === '*' ? t('Hear any mailbox') : t('Hear mailbox {name}', { name: to });
};

const isMailbox = ({ kind }: Target): boolean => kind === 'voicemail' || kind === 'mailbox';

/** The name of what a call is sent to; until it is known, and of what is gone, its kind. */
export function useTargetName(target: Target | null): string {
  const { kind, to } = target ?? { kind: '', to: '' };
  const [place] = usePlaces(kind);
  const { data } = useQuery(chosenQuery(place, to));
  if (target === null) return t('Nowhere');
  if (isMailbox(target)) return nameOfMailbox(target);
  return (place === undefined ? undefined : choiceOf(place, data)?.label) ?? labelOfKind(kind);
}

/** What a call is sent to, by its name, as a link to its page. */
export function TargetLink({ target }: { readonly target: Target }) {
  const name = useTargetName(target);
  const places = usePlaces(target.kind);
  const page = pageOfTarget(target);
  if (page === undefined || places.length === 0) return <>{name}</>;
  return <Anchor renderRoot={(props) => <Link to="/r/$key/$id" params={page} {...props} />}>{name}</Anchor>;
}
