import type { Member } from '../wire.js';
import type { MemberRow } from './store.js';

export function presentMember(row: MemberRow): Member {
  return {
    id: row.id,
    personId: row.personId,
    name: row.name,
    email: row.email,
    role: row.role,
    createdAt: row.createdAt.toISOString(),
  };
}
