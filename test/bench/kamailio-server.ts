import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { eventually } from '../support/eventually.ts';
import { startAmong, type Program } from '../system/peers/program.ts';
import type { Phone, Server } from './call-load.ts';
import { definitions } from './kamailio-registrar.ts';
import { memoryFolder } from './memory-folder.ts';

/**
 * What a call is at the sidecar: its caller is authenticated from the database, its callee is looked up among stored
 * registrations, its dialog is stored as it changes, and its record when it ends.
 */
const configuration = ({ address, port }: Server, domain: string, database: string): string => `
debug=0
log_stderror=yes
dns=no
rev_dns=no
auto_aliases=no
disable_tcp=yes
children=4
alias="${domain}"
listen=udp:${address}:${port}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "tm.so"
loadmodule "tmx.so"
loadmodule "rr.so"
loadmodule "siputils.so"
loadmodule "db_sqlite.so"
loadmodule "auth.so"
loadmodule "auth_db.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "acc.so"
loadmodule "dialog.so"
modparam("auth_db|usrloc|acc|dialog", "db_url", "sqlite://${database}")
modparam("auth_db", "calculate_ha1", 1)
modparam("auth_db", "password_column", "password")
modparam("usrloc", "db_mode", 1)
modparam("acc", "db_flag", 1)
modparam("dialog", "db_mode", 1)
request_route {
  if (method == "REGISTER") {
    if (!www_authenticate("$fd", "subscriber")) {
      www_challenge("$fd", "0");
      exit;
    }
    save("location");
    exit;
  }
  if (has_totag()) {
    if (method == "BYE") setflag(1);
    if (!loose_route()) {
      sl_send_reply("404", "Not Here");
      exit;
    }
    t_relay();
    exit;
  }
  if (method == "ACK") exit;
  if (!proxy_authenticate("$fd", "subscriber")) {
    proxy_challenge("$fd", "0");
    exit;
  }
  setflag(1);
  dlg_manage();
  record_route();
  if (!lookup("location")) {
    sl_send_reply("404", "Not Found");
    exit;
  }
  t_relay();
}
event_route[core:worker-one-init] {
  xlog("L_ALERT", "READY\\n");
}
`;

const tables = ['standard', 'usrloc', 'auth_db', 'acc', 'dialog'] as const;

/** Starts Kamailio with its accounts, registrations, dialogs and records in SQLite. */
export async function startKamailio(server: Server, phones: readonly Phone[]): Promise<Program> {
  const folder = mkdtempSync(join(memoryFolder(), 'trunkline-kamailio-'));
  const database = join(folder, 'kamailio.sqlite');
  const db = new DatabaseSync(database);
  for (const name of tables) db.exec(readFileSync(join(definitions, `${name}-create.sql`), 'utf8'));
  const add = db.prepare('INSERT INTO subscriber (username, domain, password) VALUES (?, ?, ?)');
  for (const { username, domain, password } of phones) add.run(username, domain, password);
  db.close();
  const files = { 'kamailio.cfg': configuration(server, phones[0]?.domain ?? '', database) };
  const program = startAmong(files, 'kamailio', [
    ...['-f', './kamailio.cfg', '-DD', '-E', '-Y', '.', '-m', '128', '-M', '8'],
  ]);
  await eventually(() => program.printed().includes('READY')).catch((cause: unknown) => {
    throw new Error(`Kamailio is not ready. It printed:\n${program.printed()}`, { cause });
  });
  return {
    ...program,
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}
