import { sendRedisCommand } from './redis-command.js';

/** How often the server at a port of 127.0.0.1 was sent a command. */
export async function commandCount(port: number, command: string): Promise<number> {
  const stats = await sendRedisCommand(port, 'INFO', 'commandstats');
  return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+),`, 'm').exec(stats)?.[1] ?? 0);
}
