import { Menu } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { consequencesOf } from '../dependents/consequences.ts';
import { FoldedDependents } from '../dependents/dependent-list.tsx';
import { useDependents } from '../dependents/dependents.ts';
import { t } from '../texts/texts.ts';
import { api, request } from '../kit/api.ts';
import { Confirmation } from '../kit/confirmation.tsx';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { showToast } from '../kit/toasts.tsx';
import { InvitationLink } from './invitation-link.tsx';
import { pathOf, type Person } from '../resources/person.ts';

const inviting = async (id: string, send: boolean) =>
  (await api.POST('/users/{id}/invitation', { params: { path: { id } }, body: { send } })).data?.data;

const sayProblem = (error: Error): void => showToast({ message: error.message });

/** Sends the link for the first password once more. */
export function useInvitation({ id, email, display_name: name }: Person) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => inviting(id, true),
    onSuccess: async () => {
      await queries.invalidateQueries();
      showToast({ message: t('The invitation is on its way to {address}.', { address: email ?? name }) });
    },
    onError: sayProblem,
  });
}

function useStatus({ id, display_name: name }: Person) {
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (status: string) => request({ method: 'POST', path: pathOf(id), body: { status } }),
    onSuccess: () => queries.invalidateQueries(),
    onError: sayProblem,
  });
  const lock = (): void =>
    change.mutate('disabled', {
      onSuccess: () =>
        showToast({ message: t('{name} may no longer sign in.', { name }), undo: () => change.mutate('active') }),
    });
  return { lock, unlock: () => change.mutate('active') };
}

type Dialog = 'delete' | { readonly link: string } | null;

/**
 * What is done with a person: items of a menu, and the dialog that one of them opens. Nothing for who may not.
 * @param onDeleted called when the person is gone
 */
export function useUserActions(
  person: Person,
  onDeleted?: () => void,
): { readonly items: ReactNode; readonly dialog: ReactNode } {
  const session = useSession();
  const [dialog, setDialog] = useState<Dialog>(null);
  if (!isAllowed(session, ['users:write'])) return { items: null, dialog: null };
  const close = (): void => setDialog(null);
  return {
    items: (
      <>
        {person.status === 'pending' && person.type === 'user' && (
          <InvitationItems person={person} onLink={(link) => setDialog({ link })} />
        )}
        {person.id !== session.sub && <AccountItems person={person} onDelete={() => setDialog('delete')} />}
      </>
    ),
    dialog: (
      <>
        {dialog === 'delete' && <UserDeletion person={person} onClose={close} onDeleted={onDeleted} />}
        {dialog !== null && dialog !== 'delete' && <InvitationLink link={dialog.link} onClose={close} />}
      </>
    ),
  };
}

type InvitationItemsProps = { readonly person: Person; readonly onLink: (link: string) => void };

/** For one who has no password yet. */
function InvitationItems({ person, onLink }: InvitationItemsProps) {
  const invitation = useInvitation(person);
  const copying = useMutation({
    mutationFn: () => inviting(person.id, false),
    onSuccess: (invited) => onLink(invited?.link ?? ''),
    onError: sayProblem,
  });
  return (
    <>
      {person.email !== null && (
        <Menu.Item onClick={() => invitation.mutate()}>{t('Send the invitation again')}</Menu.Item>
      )}
      <Menu.Item onClick={() => copying.mutate()}>{t('Copy the link of the invitation')}</Menu.Item>
    </>
  );
}

/** Of someone else. */
function AccountItems({ person, onDelete }: { readonly person: Person; readonly onDelete: () => void }) {
  const { lock, unlock } = useStatus(person);
  return (
    <>
      {person.status === 'active' && <Menu.Item onClick={lock}>{t('Lock')}</Menu.Item>}
      {person.status === 'disabled' && person.password_changed_at !== null && (
        <Menu.Item onClick={unlock}>{t('Unlock')}</Menu.Item>
      )}
      <Menu.Item color="red" onClick={onDelete}>
        {t('Delete')}
      </Menu.Item>
    </>
  );
}

type DeletionProps = {
  readonly person: Person;
  readonly onClose: () => void;
  readonly onDeleted: (() => void) | undefined;
};

/** Deletes a person, after what goes with it was said. */
function UserDeletion({ person: { id, display_name: name, extension }, onClose, onDeleted }: DeletionProps) {
  const queries = useQueryClient();
  const dependents = useDependents('user', id);
  const deletion = useMutation({
    mutationFn: () => request({ method: 'DELETE', path: pathOf(id), query: { force: dependents !== undefined } }),
    onSuccess: async () => {
      onClose();
      onDeleted?.();
      await queries.invalidateQueries({ queryKey: ['list'] });
      showToast({ message: t('{name} is deleted.', { name }) });
    },
  });
  return (
    <Confirmation
      title={t('Delete {name}?', { name })}
      action={t('Delete')}
      details={<FoldedDependents of={dependents} />}
      consequences={[
        t('The person can no longer sign in.'),
        ...(extension === null ? [] : [t('Extension {extension} is free again.', { extension })]),
        ...consequencesOf('user', dependents),
      ]}
      isSending={deletion.isPending}
      error={deletion.error}
      onConfirm={() => deletion.mutate()}
      onClose={onClose}
    />
  );
}
