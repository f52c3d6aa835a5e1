import { Button, Card, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { at, listIn, textIn, type JsonObject } from '../../json-value.ts';
import { request } from '../kit/api.ts';
import { Problem } from '../kit/page.tsx';
import { shown } from '../kit/table.tsx';
import { answered } from '../resources/answers.ts';
import { linkTimes } from '../sound/link-times.ts';
import { Player } from '../sound/player.tsx';
import { callerOf } from './message-texts.ts';
import { messagePath, requestAt, type Place } from './place.ts';

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
    queryFn: async () => answered(await request(requestAt(place, 'GET', messagePath(id)))).values,
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
  const heard = (): void => {
    if (canChange && data?.['status'] === 'new') act({ action: 'read' });
  };
  return (
    <Card withBorder component="section" aria-label="Message">
      <Stack gap="sm">
        <Problem error={error ?? acting.error ?? removing.error} />
        {data !== undefined && (
          <>
            <Heading message={data} />
            <Player
              label="Message"
              sound={{ id, url: textIn(at(data, 'download', 'url')), size: Number(data['size']) }}
              onBroken={() => void queries.invalidateQueries({ queryKey })}
              onPlay={heard}
            />
          </>
        )}
        {canChange && data !== undefined && (
          <>
            <Marks status={textIn(data['status'])} onAct={act} onDelete={() => removing.mutate()} onClose={onClose} />
            <Sending isSent={acting.isSuccess && listIn(at(acting.data, 'data', 'forwarded')).length > 0} onAct={act} />
          </>
        )}
      </Stack>
    </Card>
  );
}

type Act = { readonly action: string; readonly mailbox?: string; readonly mailboxes?: readonly string[] };

/** The way on by keyboard begins here. */
function Heading({ message }: { readonly message: JsonObject }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <Title ref={heading} order={3} size="h5" tabIndex={-1}>
        {callerOf(message)}
      </Title>
      <Text size="sm">
        {shown(message['received_at'])}
        {message['urgent'] === true && ', urgent'}
      </Text>
      {textIn(message['comment']) !== '' && <Text>{textIn(message['comment'])}</Text>}
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
          Mark as heard
        </Button>
      ) : (
        <Button variant="default" onClick={() => onAct({ action: 'unread' })}>
          Mark as new
        </Button>
      )}
      {status !== 'saved' && (
        <Button variant="default" onClick={() => onAct({ action: 'save' })}>
          Save
        </Button>
      )}
      <Button variant="default" onClick={isSure ? onDelete : () => setSure(true)}>
        {isSure ? 'Delete for good' : 'Delete'}
      </Button>
      <Button variant="default" onClick={onClose}>
        Close
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
      <TextInput label="Other mailbox" value={mailbox} onChange={({ target }) => setMailbox(target.value)} />
      <Button variant="default" disabled={name === ''} onClick={() => onAct({ action: 'move', mailbox: name })}>
        Move
      </Button>
      <Button variant="default" disabled={name === ''} onClick={() => onAct({ action: 'forward', mailboxes: [name] })}>
        Send a copy
      </Button>
      {isSent && <Text role="status">A copy was sent.</Text>}
    </Group>
  );
}
