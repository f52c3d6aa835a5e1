import { Button, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { at, listIn } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import type { AnswerOf } from '../kit/answer-of.ts';
import { request } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { shown } from '../kit/shown.ts';
import { linkTimes } from '../sound/link-times.ts';
import { Player } from '../sound/player.tsx';
import { callerOf } from './message-texts.ts';
import { messagePath, requestAt, type Place } from './place.ts';

type OneMessage = AnswerOf<'get', '/voicemail/{id}'>;

type MessageProps = {
  readonly id: string;
  readonly place: Place;
  readonly canChange: boolean;
  readonly onChanged: () => void;
  readonly onClose: () => void;
};

/** One message: its player, and what may be done with it. One that is played is no longer new. */
export function Message({ id, place, canChange, onChanged, onClose }: MessageProps) {
  const queries = useQueryClient();
  const queryKey = ['voicemail', id];
  const { data, error } = useQuery({
    queryKey,
    queryFn: async () => (await request(requestAt(place, 'GET', messagePath(id)))) as OneMessage,
    ...linkTimes,
  });
  const acting = useMutation({
    mutationFn: (body: object) => request(requestAt(place, 'POST', messagePath(id), { body })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey });
      onChanged();
    },
  });
  const act = (body: Act): void => acting.mutate(body, body.action === 'move' ? { onSuccess: onClose } : {});
  const removing = useMutation({
    mutationFn: () => request(requestAt(place, 'DELETE', messagePath(id))),
    onSuccess: () => {
      onChanged();
      onClose();
    },
  });
  const message = data?.data;
  const heard = (): void => {
    if (canChange && message?.status === 'new') act({ action: 'read' });
  };
  return (
    <Card withBorder component="section" aria-label={t('Message')}>
      <Stack gap="sm">
        <Problem error={error ?? acting.error ?? removing.error} />
        {message !== undefined && (
          <>
            <Heading message={message} />
            <Player
              label={t('Message')}
              sound={{ id, url: message.download.url, size: message.size }}
              onBroken={() => void queries.invalidateQueries({ queryKey })}
              onPlay={heard}
            />
          </>
        )}
        {canChange && message !== undefined && (
          <>
            <Marks status={message.status} onAct={act} onDelete={() => removing.mutate()} onClose={onClose} />
            <Sending isSent={acting.isSuccess && listIn(at(acting.data, 'data', 'forwarded')).length > 0} onAct={act} />
          </>
        )}
      </Stack>
    </Card>
  );
}

type Act = { readonly action: string; readonly mailbox?: string; readonly mailboxes?: readonly string[] };

/** The way on by keyboard begins here. */
function Heading({ message }: { readonly message: OneMessage['data'] }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <Title ref={heading} order={3} size="h5" tabIndex={-1}>
        {callerOf(message)}
      </Title>
      <Text size="sm">
        {shown(message.received_at)}
        {message.urgent && `, ${t('urgent')}`}
      </Text>
      {message.comment !== null && <Text>{message.comment}</Text>}
    </>
  );
}

type MarksProps = {
  readonly status: string;
  readonly onAct: (act: Act) => void;
  readonly onDelete: () => void;
  readonly onClose: () => void;
};

function Marks({ status, onAct, onDelete, onClose }: MarksProps) {
  const [isSure, setSure] = useState(false);
  return (
    <Group gap="xs">
      {status === 'new' ? (
        <Button variant="default" onClick={() => onAct({ action: 'read' })}>
          {t('Mark as heard')}
        </Button>
      ) : (
        <Button variant="default" onClick={() => onAct({ action: 'unread' })}>
          {t('Mark as new')}
        </Button>
      )}
      {status !== 'saved' && (
        <Button variant="default" onClick={() => onAct({ action: 'save' })}>
          {t('Save')}
        </Button>
      )}
      <Button variant="default" onClick={isSure ? onDelete : () => setSure(true)}>
        {isSure ? t('Delete for good') : t('Delete')}
      </Button>
      <Button variant="default" onClick={onClose}>
        {t('Close')}
      </Button>
    </Group>
  );
}

/** Gives a message to the mailbox of someone else. */
function Sending({ isSent, onAct }: { readonly isSent: boolean; readonly onAct: (act: Act) => void }) {
  const [mailbox, setMailbox] = useState('');
  const name = mailbox.trim();
  return (
    <Group align="end" gap="xs">
      <TextInput label={t('Other mailbox')} value={mailbox} onChange={({ target }) => setMailbox(target.value)} />
      <Button variant="default" disabled={name === ''} onClick={() => onAct({ action: 'move', mailbox: name })}>
        {t('Move')}
      </Button>
      <Button variant="default" disabled={name === ''} onClick={() => onAct({ action: 'forward', mailboxes: [name] })}>
        {t('Send a copy')}
      </Button>
      {isSent && <Text role="status">{t('A copy was sent.')}</Text>}
    </Group>
  );
}
