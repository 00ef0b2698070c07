import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface ReceivedMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** A mail server on this machine that keeps what it is given. It can be told to refuse. */
export interface SmtpSink {
  readonly url: string;
  readonly mails: ReceivedMail[];
  refusing: boolean;
  close(): Promise<void>;
}

export async function startSmtpSink(): Promise<SmtpSink> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    converse(socket, sink);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sink: SmtpSink = {
    url: `smtp://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    mails: [],
    refusing: false,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return sink;
}

/** RFC 5321, as much as a sender needs. */
function converse(socket: Socket, sink: SmtpSink): void {
  let pending = '';
  let to = '';
  let data: string[] | undefined;
  const say = (line: string) => socket.write(`${line}\r\n`);

  function take(line: string): void {
    if (data) {
      if (line !== '.') return void data.push(line.replace(/^\.\./, '.'));
      sink.mails.push({ to, ...readMessage(data.join('\r\n')) });
      data = undefined;
      say('250 taken');
      return;
    }
    const command = line.slice(0, 4).toUpperCase();
    if (command === 'RCPT') to = /<([^>]*)>/.exec(line)?.[1] ?? '';
    if (command === 'RCPT' && sink.refusing) say('451 not now');
    else if (command === 'DATA') {
      data = [];
      say('354 go on');
    } else if (command === 'QUIT') {
      say('221 bye');
      socket.end();
    } else say('250 ok');
  }

  say('220 sink');
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (pending + chunk).split('\r\n');
    pending = lines.pop() ?? '';
    lines.forEach(take);
  });
}

function readMessage(message: string): { subject: string; text: string } {
  const [head = '', ...rest] = message.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  const text = /quoted-printable/i.test(head)
    ? body
        .replaceAll('=\r\n', '')
        .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    : body;
  return { subject: /^Subject: (.*)$/im.exec(head)?.[1] ?? '', text };
}
