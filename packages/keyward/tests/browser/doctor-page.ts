// Runs the doctor in the page that loads it.

import { doctor, type Finding } from 'keyward/doctor';

declare global {
  var doctor: () => Promise<Finding[]>;
}

globalThis.doctor = doctor;
