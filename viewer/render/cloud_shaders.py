"""The shaders of point clouds: every point carries its colour, its intensity and its cloud's slot."""

from viewer.render.shaders import CUT_FUNCTIONS, DECLARED_FACTS, LOOKUP

SCAN, INTENSITY, HEIGHT, PLAIN = range(4)
"""What the points' colours tell."""
RAMP_STOPS = 8
OWNERS = 256.0
"""A point's second number: slot * 256 + intensity."""

_VERTEX = """//VTK::System::Dec
in vec4 vertexMC;
in float pointRgb;
in float pointOwner;
uniform mat4 MCDCMatrix;
//VTK::CustomUniforms::Dec
%(facts)s
uniform mat4 factsD; uniform mat4 factsE; uniform mat4 factsF;
flat out vec3 pointColour;
%(lookup)s
%(cutting)s
vec3 ramp(float t) {
  float at = clamp(t, 0.0, 1.0) * 7.0;
  int i = min(int(at), 6);
  vec3 low = i < 4 ? cloudRampA[i].rgb : cloudRampB[i - 4].rgb, high = i < 3 ? cloudRampA[i + 1].rgb : cloudRampB[i - 3].rgb;
  return mix(low, high, at - float(i));
}
void main() {
  int packed_ = int(pointRgb + 0.5), owner = int(pointOwner + 0.5), slot = owner / 256;
  vec4 r0 = poseTexel(slot, 0), r1 = poseTexel(slot, 1), r2 = poseTexel(slot, 2);
  vec4 told = lookTexel(slot);
  ivec3 marks = bytesOf(told.y);
  vec4 look = vec4(bytesOf(told.x), marks.x) / 255.0;
  int mark = marks.y;
  vec4 world = vec4(dot(r0, vertexMC), dot(r1, vertexMC), dot(r2, vertexMC), 1.0);
  gl_Position = MCDCMatrix * world;
  vec3 rgb = look.rgb;
  int mode = int(cloudMode.x + 0.5);
  if ((mark & 16) == 0) {
    float bright = float(owner - slot * 256) / 255.0;
    if (mode == 0) rgb = vec3(packed_ >> 16, (packed_ >> 8) & 255, packed_ & 255) / 255.0;
    else if (mode == 1) rgb = vec3(0.06 + 0.94 * sqrt(bright));
    else if (mode == 2) rgb = ramp((world.z - cloudMode.z) * cloudMode.w);
    rgb = mix(vec3(dot(rgb, vec3(0.30, 0.59, 0.11))), rgb, fact(7).y);
  }
  if ((mark & 32) != 0) rgb = mix(rgb, fact(9).rgb, 0.75);
  else if ((mark & 2) != 0) rgb = mix(rgb, fact(1).rgb, 0.34);
  else if ((mark & 4) != 0) rgb = mix(rgb, mix(fact(1).rgb, vec3(1.0), 0.5), 0.22);
  pointColour = rgb * fact(7).x;
  bool gone = (mark & 1) != 0;
  // What is seen through keeps a part of its points.
  gone = gone || (look.a < 0.995 && fract(float(gl_VertexID) * 0.6180339887) > look.a);
#if %(cut)d
  gone = gone || cutAway(world.xyz);
#endif
  if (gone) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}
"""
_FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
flat in vec3 pointColour;
void main() {
#if %(round)d
  vec2 from = gl_PointCoord - 0.5;
  if (dot(from, from) > 0.25) discard;
#endif
  gl_FragData[0] = vec4(pointColour, 1.0);
}
"""


def point_shaders(*, cut: bool, round_: bool) -> tuple[str, str]:
    """Vertex and fragment program; `cut` while there is a section, `round_` for points large enough to show their shape."""
    cutting = CUT_FUNCTIONS if cut else ""
    vertex = _VERTEX % {"facts": DECLARED_FACTS, "lookup": LOOKUP, "cutting": cutting, "cut": int(cut)}
    return vertex, _FRAGMENT % {"round": int(round_)}
