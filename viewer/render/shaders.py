"""The shaders: every vertex carries its part's slot, and looks up pose, colour and marks of that slot in textures."""

SLOTS_PER_ROW = 256
"""Slots in one row of each texture."""

EDGES_APART_PX = 4.0
"""A part's edges are drawn where they lie farther apart than this, on average; they fade in from there."""
HIDDEN, SELECTED, HOVERED, OWN_COLOUR, OVERLAID, ALERTED = 1, 2, 4, 8, 16, 32
"""Bits of a slot's mark. OWN_COLOUR: the vertices' own colours hold; OVERLAID: coloured by a channel or a study; ALERTED:
something is wrong there, shown in the alarm colour with stripes, over everything else."""

LOOKUP = f"""
uniform sampler2D partPoses;   // four texels a slot: three rows of the pose, then (radius, half x, half y, bottom) of its box
uniform sampler2D partLooks;   // one texel a slot: rgb, (opacity, mark, condition), (root of the number of edges, solid), radius
ivec2 texelAt(int slot, int texels, int i) {{ return ivec2((slot % {SLOTS_PER_ROW}) * texels + i, slot / {SLOTS_PER_ROW}); }}
vec4 poseTexel(int slot, int i) {{ return texelFetch(partPoses, texelAt(slot, 4, i), 0); }}
vec4 lookTexel(int slot) {{ return texelFetch(partLooks, texelAt(slot, 1, 0), 0); }}
ivec3 bytesOf(float whole) {{ int v = int(whole + 0.5); return ivec3(v & 255, (v >> 8) & 255, v >> 16); }}
"""
_FACTS = """
#define fact(i) ((i) < 4 ? factsA[(i) & 3] : (i) < 8 ? factsB[(i) & 3] : factsC[(i) & 3])
#define cutPlane(i) ((i) < 4 ? factsD[(i) & 3] : (i) < 8 ? factsE[(i) & 3] : factsF[(i) & 3])
"""
CUT_FUNCTIONS = """
bool cutAway(vec3 p) {  // p from the scene's origin
  int planes = int(fact(10).x + 0.5), left = 0;
  for (int i = 0; i < planes; i++) { vec4 one = cutPlane(i); left += dot(one.xyz, p) + one.w < 0.0 ? 0 : 1; }
  return fact(10).y > 0.5 ? left == 0 : left < planes;
}
int cutThrough(vec3 p, vec3 away, float eyeAt) {  // the plane that a ray to p last came in through; -1: none, the eye is inside
  int planes = int(fact(10).x + 0.5), found = -1;
  bool corner = fact(10).y > 0.5;
  float at = corner ? -1.0 : eyeAt;
  for (int i = 0; i < planes; i++) {
    vec4 one = cutPlane(i);
    float height = dot(one.xyz, p) + one.w, rise = dot(one.xyz, away);
    if (corner && height < 0.0) continue;
    if (rise <= 0.0) { if (corner) return -1; else continue; }
    float u = height / rise;
    if (corner ? u > at : u < at) { at = u; found = i; }
  }
  if (!corner || found < 0) return found;
  if (at >= eyeAt) return -1;
  for (int i = 0; i < planes; i++) {
    vec4 one = cutPlane(i);
    if (i != found && dot(one.xyz, p - away * at) + one.w > 0.0) return -1;
  }
  return found;
}
"""
"""GLSL that cuts sections, after the facts; for every program that joins them."""
DECLARED_FACTS = "uniform mat4 factsA; uniform mat4 factsB; uniform mat4 factsC;" + _FACTS

_LIGHT = """
vec3 lit(vec3 rgb, vec3 n, vec3 eye, float facing, float height, float gloss_) {
  vec4 tone = fact(7);
  const vec3 lamp = vec3(-0.28293, 0.37135, 0.88416);
  float along = dot(n, fact(4).xyz);
  vec3 light = mix(fact(3).rgb, fact(2).rgb, 0.5 + 0.5 * along) + vec3(0.62) * max(dot(n, lamp), 0.0);
  float bright = mix(0.80, 1.0, smoothstep(0.0, 0.45, facing)) * tone.x;
  float upright = step(1e-6, tone.z) * (1.0 - abs(along));
  bright *= mix(1.0, mix(0.66, 1.0, smoothstep(0.0, max(tone.z, 1e-6), height - tone.w)), upright);
  vec3 linear = rgb * rgb * light * bright;
  vec3 between = eye + lamp;
  float gloss = max(dot(n, between), 0.0);
  gloss = gloss * gloss / dot(between, between);  // squared cosine, then to the 16th: no pow, no root
  gloss *= gloss; gloss *= gloss; gloss *= gloss; gloss *= gloss;
  linear += vec3(gloss_) * gloss * tone.x;
  return linear * (1.08 / (vec3(1.0) + 0.28 * linear));  // a soft shoulder, so that white floors keep some grey
}
vec3 hazy(vec3 rgb, float depth) { vec4 haze = fact(8); return mix(rgb, haze.rgb, 0.5 - 0.5 / (1.0 + max(depth, 0.0) * haze.a)); }
vec3 muted(vec3 rgb) { return mix(vec3(dot(rgb, vec3(0.30, 0.59, 0.11))), rgb, fact(7).y); }
"""

FACT_NAMES, LIGHT = _FACTS, _LIGHT
"""What programs of other layers use: the facts by their numbers, and the light."""

# Roles, one program each: 0 opaque surfaces, 1 translucent surfaces, 2 feature edges, 3 outline of the selection.
_VERTEX = """//VTK::System::Dec
#define ROLE %(role)d
in vec4 vertexMC;
in vec3 normalMC;
#if %(instanced)d
in mat4 GCMCMatrix;   // each copy stands at x = its slot
int slotHere() { return int(GCMCMatrix[3].x + 0.5); }
#else
in float partId;
int slotHere() { return int(partId + 0.5); }
#endif
#if %(own)d
in float ownRgb;
#endif
uniform mat4 MCDCMatrix;
uniform mat4 MCVCMatrix;
uniform int cameraParallel;
//VTK::CustomUniforms::Dec
%(facts)s
out vec4 placeVC;   // and the height above the scene's origin
out vec4 normalAndMark;
flat out vec4 partRgba;
#if %(cut)d
out vec3 fromOrigin;
flat out ivec2 partSolid;
#endif
#if ROLE == 2
out vec3 lineRgb;
flat out int lineThin;
#endif
%(lookup)s
%(light)s
void main() {
  int slot = slotHere();
  vec4 r0 = poseTexel(slot, 0), r1 = poseTexel(slot, 1), r2 = poseTexel(slot, 2), look = lookTexel(slot);
  ivec3 marks = bytesOf(look.y), shape = bytesOf(look.z);  // (opacity, mark, condition), (root of the number of edges, solid)
  float radius = look.w;
  partRgba = vec4(bytesOf(look.x), marks.x) / 255.0;
  ivec2 partMark = marks.yz;
#if %(own)d
  if ((partMark.x & 8) != 0 && ownRgb >= 0.0) {
    int packed_ = int(ownRgb + 0.5);
    partRgba.rgb = vec3(packed_ >> 16, (packed_ >> 8) & 255, packed_ & 255) / 255.0;
  }
#endif
  if ((partMark.x & 16) == 0) partRgba.rgb = muted(partRgba.rgb);
  vec4 world = vec4(dot(r0, vertexMC), dot(r1, vertexMC), dot(r2, vertexMC), 1.0);
  vec3 n = vec3(dot(cross(r1.xyz, r2.xyz), normalMC), dot(cross(r2.xyz, r0.xyz), normalMC), dot(cross(r0.xyz, r1.xyz), normalMC));
  vec3 partNormalVC = mat3(MCVCMatrix) * normalize(n);
  normalAndMark = vec4(partNormalVC, float(partMark.x + 256 * partMark.y));
#if %(cut)d
  fromOrigin = world.xyz;
  int solid = shape.y, outwards = dot(cross(r0.xyz, r1.xyz), r2.xyz) < 0.0 ? -1 : 1;
  partSolid = ivec2((solid & 3) == 3 ? outwards : 0, slot);
#endif
  vec4 view = MCVCMatrix * world;
  placeVC = vec4(view.xyz, world.z);
  gl_Position = MCDCMatrix * world;
  vec4 facts = fact(0);
  vec3 middle = (MCVCMatrix * vec4(r0.w, r1.w, r2.w, 1.0)).xyz;
  float pixels = radius * facts.x / (cameraParallel != 0 ? 1.0 : max(-middle.z, radius * 0.05));
  bool gone = (partMark.x & 1) != 0 || pixels < facts.y;
#if ROLE == 0
  gone = gone || partRgba.a < 0.995;
#elif ROLE == 1
  gone = gone || partRgba.a >= 0.995;
#elif ROLE == 2
  // Edges come a little towards the eye, along the ray, so that they lie on their surface and not in it.
  float apart = pixels / max(float(shape.x), 1.0);
  gone = gone || (apart < %(apart)s && ((partMark.x & 38) == 0 || pixels < 3.0));
  partRgba.a = clamp((apart - %(apart)s) / 11.0, 0.0, 1.0);
  if (cameraParallel != 0) gl_Position.z -= 0.0004 * gl_Position.w;
  else gl_Position = MCDCMatrix * vec4(world.xyz + (fact(5).xyz - world.xyz) * 0.0006, 1.0);
  // Lines are thin and many: they are lit at their ends.
  vec3 eye = cameraParallel != 0 ? vec3(0.0, 0.0, 1.0) : normalize(-view.xyz);
  float facing = dot(partNormalVC, eye);
#if %(cut)d
  // Where a solid is cut, one looks at its far side, which is painted as the cut: edges there go behind it.
  if (partSolid.x != 0 && facing * float(partSolid.x) < -0.02) {
    if (cameraParallel != 0) gl_Position.z += 0.0008 * gl_Position.w;
    else gl_Position = MCDCMatrix * vec4(world.xyz + (world.xyz - fact(5).xyz) * 0.0006, 1.0);
  }
#endif
  vec3 ink = lit(partRgba.rgb, facing < 0.0 ? -partNormalVC : partNormalVC, eye, abs(facing), world.z, 0.0);
  lineRgb = hazy(sqrt(clamp(ink * mix(1.0, facts.w, partRgba.a), 0.0, 1.0)), -view.z);
  lineThin = (shape.y >> 2) & 1;  // of what x-ray or focus made see-through: faint
  if (lineThin != 0) lineRgb = mix(lineRgb, fact(8).rgb, 0.55);
  if ((partMark.x & 32) != 0) lineRgb = mix(fact(9).rgb, vec3(1.0), 0.35);
  else if ((partMark.x & 2) != 0) lineRgb = mix(fact(1).rgb, vec3(1.0), 0.25);
  else if ((partMark.x & 4) != 0) lineRgb = mix(lineRgb, mix(fact(1).rgb, vec3(1.0), 0.5), 0.75);
#elif ROLE == 3
  gone = gone || (partMark.x & 2) == 0;
#if %(cut)d
  gone = gone || (solid & 2) != 0;  // the cut's own line stands for it
#endif
  vec3 nv = normalize(partNormalVC);
  vec2 along = length(nv.xy) > 1e-4 ? normalize(nv.xy) : vec2(0.0);
  gl_Position.xy += along * fact(6).xy * 2.2 * facts.z * gl_Position.w;
#endif
  if (gone) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}
"""

_FRAGMENT = """//VTK::System::Dec
#define ROLE %(role)d
//VTK::Output::Dec
in vec4 placeVC;
in vec4 normalAndMark;
flat in vec4 partRgba;
#if %(cut)d
in vec3 fromOrigin;
flat in ivec2 partSolid;
uniform mat4 MCVCMatrix;
#endif
#if ROLE == 2
in vec3 lineRgb;
flat in int lineThin;
#endif
uniform int cameraParallel;
//VTK::CustomUniforms::Dec
%(facts)s
#if %(cut)d
%(cutting)s
float cutHatch(int slot, float pixel) {  // thin lines, their slope and spacing by the part, as drawings have them
  vec2 at = gl_FragCoord.xy / pixel;
  float way = (slot & 1) == 0 ? at.x + at.y : at.x - at.y, apart = 9.0 + 2.5 * float((slot / 2) & 1);
  float far = abs(mod(way, apart) - 0.5 * apart);
  return 1.0 - smoothstep(0.5, 1.3, far);
}
#endif
float hatch(int condition, float pixel) {
  vec2 at = gl_FragCoord.xy / pixel;
  float forward = step(mod(at.x + at.y, 10.0), 4.0), back = step(mod(at.x - at.y, 10.0), 4.0);
  if (condition == 1) return forward;
  if (condition == 2) return max(forward, back);
  vec2 dot_ = mod(at, 8.0) - 4.0;
  return step(dot(dot_, dot_), 5.0);
}
%(light)s
void main() {
  vec4 accent = fact(1);
#if %(cut)d
  if (cutAway(fromOrigin)) discard;
#endif
#if ROLE == 2
  if (lineThin != 0 && mod(floor(gl_FragCoord.x) + 2.0 * floor(gl_FragCoord.y), 4.0) > 0.5) discard;
  gl_FragData[0] = vec4(lineRgb, 1.0);
#elif ROLE == 3
  gl_FragData[0] = vec4(accent.rgb, 1.0);
#else
  vec3 n = normalize(normalAndMark.xyz);
  int marks = int(normalAndMark.w + 0.5);  // alike in all of a part: what is between is the same
  ivec2 partMark = ivec2(marks & 255, marks >> 8);
  vec3 eye = cameraParallel != 0 ? vec3(0.0, 0.0, 1.0) : normalize(-placeVC.xyz);
  if (dot(n, eye) < 0.0) n = -n;
  vec3 rgb = partRgba.rgb;
#if %(cut)d && ROLE == 0
  // A face of a solid seen from behind, where the ray came in through a plane: what one sees there is the cut.
  // It is drawn a little nearer: where parts touch, the other's surface lies in the same place and would flicker through.
  float hatched = 0.0, nearer = 0.0;
  if (partSolid.x != 0 && gl_FrontFacing == (partSolid.x < 0)) {
    bool level = cameraParallel != 0;
    int through = cutThrough(fromOrigin, level ? fact(11).xyz : fromOrigin - fact(5).xyz, level ? 1e30 : 1.0);
    if (through >= 0) {
      n = -normalize(mat3(MCVCMatrix) * cutPlane(through).xyz);
      nearer = 5e-4;
      rgb *= 0.86;
      hatched = cutHatch(partSolid.y, fact(0).z);
    }
  }
  gl_FragDepth = gl_FragCoord.z - nearer * (cameraParallel != 0 ? 0.2 : 1.0 - gl_FragCoord.z);
#endif
  if (partMark.y > 0) {
    float grey = dot(rgb, vec3(0.30, 0.59, 0.11));
    vec3 ink = grey > 0.45 ? rgb * 0.35 : mix(rgb, vec3(1.0), 0.55);
    rgb = mix(mix(rgb, vec3(grey), 0.45), ink, hatch(partMark.y, fact(0).z));
  }
  float facing = dot(n, eye);
#if %(cut)d && ROLE == 0
  float shine = hatched > 0.0 ? 0.0 : 0.055;
#else
  const float shine = 0.055;
#endif
  rgb = hazy(sqrt(clamp(lit(rgb, n, eye, facing, placeVC.w, shine), 0.0, 1.0)), -placeVC.z);
#if %(cut)d && ROLE == 0
  rgb *= 1.0 - 0.42 * hatched;
#endif
  float alpha = 1.0;
#if ROLE == 1
  alpha = mix(min(1.0, partRgba.a * 1.9), partRgba.a, smoothstep(0.05, 0.6, facing));
#endif
  if ((partMark.x & 32) != 0) {
    float stripe = step(mod((gl_FragCoord.x + gl_FragCoord.y) / fact(0).z, 12.0), 5.0);
    rgb = mix(rgb, fact(9).rgb * (0.55 + 0.45 * facing), 0.70 + 0.25 * stripe);
  } else if ((partMark.x & 2) != 0) rgb = mix(rgb, accent.rgb * (0.45 + 0.55 * facing), 0.42);
  else if ((partMark.x & 4) != 0) rgb = mix(rgb, mix(accent.rgb, vec3(1.0), 0.5), 0.20);
  gl_FragData[0] = vec4(rgb, alpha);
#endif
}
"""

# The soft shade that a part throws on the floor it stands on: one square per part, placed from the part's box.
_SHADE_VERTEX = """//VTK::System::Dec
in vec4 vertexMC;
in float partId;
uniform mat4 MCDCMatrix;
//VTK::CustomUniforms::Dec
out vec2 fromMiddle;
flat out vec2 halfSize;
flat out vec2 strengthAndSoft;
out vec3 fromOrigin;
%(facts)s
%(lookup)s
void main() {
  int slot = int(partId + 0.5);
  vec4 extra = poseTexel(slot, 3);
  int mark = bytesOf(lookTexel(slot).y).y;
  float above = extra.w - fact(7).w, soft = clamp(0.35 * min(extra.y, extra.z) + 0.06, 0.03, 0.35) + 0.35 * max(above, 0.0);
  float strength = 1.0 - smoothstep(-0.2, 1.4, max(above, 0.0));
  halfSize = extra.yz;
  strengthAndSoft = vec2(strength, soft);
  fromMiddle = vertexMC.xy * (halfSize + soft);
  vec3 world = vec3(vec2(poseTexel(slot, 0).w, poseTexel(slot, 1).w) + fromMiddle, fact(7).w + 0.001);
  fromOrigin = world;
  gl_Position = MCDCMatrix * vec4(world + (fact(5).xyz - world) * 0.0005, 1.0);
  if ((mark & 1) != 0 || strength <= 0.0 || above < -0.2) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}
"""
_SHADE_FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
in vec2 fromMiddle;
flat in vec2 halfSize;
flat in vec2 strengthAndSoft;
in vec3 fromOrigin;
//VTK::CustomUniforms::Dec
#if %(cut)d
%(facts)s
%(cutting)s
#endif
void main() {
#if %(cut)d
  if (cutAway(fromOrigin)) discard;
#endif
  vec2 outside = max(abs(fromMiddle) - max(halfSize - strengthAndSoft.y, 0.0), 0.0);
  float far = length(outside) / (2.0 * strengthAndSoft.y);
  float shade = 1.0 - smoothstep(0.0, 1.0, far);
  gl_FragData[0] = vec4(0.0, 0.0, 0.01, %(strongest)s * shade * strengthAndSoft.x);
}
"""

OPAQUE, TRANSLUCENT, EDGES, OUTLINE, SHADE = range(5)
STRONGEST_SHADE = 0.25
"""Of one part on the floor's colours. Two that lie over one another leave 56 % of them."""


def vertex_shader(role: int, *, own_colours: bool = False, instanced: bool = False, cut: bool = False) -> str:
    """The vertex program of a role.

    `own_colours` where the vertices carry colours, `instanced` where a glyph mapper repeats a mesh, `cut` while there is a
    section.
    """
    if role == SHADE:
        return _SHADE_VERTEX % {"lookup": LOOKUP, "facts": DECLARED_FACTS}
    return _VERTEX % {
        "role": role,
        "own": int(own_colours),
        "instanced": int(instanced),
        "cut": int(cut),
        "lookup": LOOKUP,
        "facts": DECLARED_FACTS,
        "light": _LIGHT,
        "apart": EDGES_APART_PX,
    }


def fragment_shader(role: int, *, cut: bool = False) -> str:
    """The fragment program of a role; `cut` while there is a section."""
    common = {"cut": int(cut), "facts": _FACTS, "cutting": CUT_FUNCTIONS}
    if role == SHADE:
        return _SHADE_FRAGMENT % {"strongest": STRONGEST_SHADE, **common}
    return _FRAGMENT % {"role": role, "light": _LIGHT, **common}
